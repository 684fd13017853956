/**
 * Seeded random streams. Each consumer has a stream of its own, named, so that one more draw in one
 * place does not shift what every other place draws.
 *
 * @module
 */

/** Numbers in [0, 1). */
export type RandomStream = () => number;

/**
 * The stream of a name under a seed: sfc32 (Doty-Humphrey's Small Fast Counter), its state drawn
 * from a hash of both.
 */
export function randomStream(seed: number | bigint, name: string): RandomStream {
  let [a, b, c, counter] = hash128(`${seed}/${name}`);
  const next = () => {
    const sum = (a + b + counter) | 0;
    counter = (counter + 1) | 0;
    a = b ^ (b >>> 9);
    b = (c + (c << 3)) | 0;
    c = ((c << 21) | (c >>> 11)) + sum | 0;
    return (sum >>> 0) / 0x1_0000_0000;
  };
  for (let round = 0; round < 12; round++) next();
  return next;
}

/** An integer in [0, count). */
export function randomInteger(random: RandomStream, count: number): number {
  return Math.floor(random() * count);
}

/** Four words from a text: a multiply-xor hash in four lanes, good enough to seed a generator. */
function hash128(text: string): [number, number, number, number] {
  const lanes: [number, number, number, number] = [
    0x9e3779b9 | 0,
    0x243f6a88 | 0,
    0xb7e15162 | 0,
    0x2545f491 | 0,
  ];
  for (let index = 0; index < text.length; index++) {
    const code = text.charCodeAt(index);
    for (let lane = 0; lane < 4; lane++) {
      lanes[lane] = Math.imul(lanes[lane]! ^ (code + lane * 0x3d), 0x01000193 + lane * 0x5bd1e94);
      lanes[lane] = lanes[lane]! ^ (lanes[lane]! >>> 15);
    }
  }
  return lanes;
}
