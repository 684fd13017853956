import { crc32 } from "node:zlib";

/**
 * A hash of everything that happens in a run, step by step. Two runs of a seed that end with the same
 * value did the same; it tells runs apart and is no protection against anyone.
 */
export class RunHash {
  #low = 0x811c9dc5 | 0;
  #high = 0x9e3779b9 | 0;
  #steps = 0;
  readonly #double = new Float64Array(1);
  readonly #words = new Uint32Array(this.#double.buffer);

  /** Steps so far. */
  get steps(): number {
    return this.#steps;
  }

  /** The hash so far: 16 hexadecimal digits. */
  get value(): string {
    const hex = (word: number) => (word >>> 0).toString(16).padStart(8, "0");
    return hex(this.#high) + hex(this.#low);
  }

  /** One step: when, on which node, and what. */
  step(at: number, node: number, event: string): void {
    this.#steps++;
    this.number(at);
    this.#mix(node);
    this.text(event);
  }

  /** Adds a number to the present step. */
  number(value: number): void {
    this.#double[0] = value;
    this.#mix(this.#words[0]!);
    this.#mix(this.#words[1]!);
  }

  /** Adds a text to the present step. */
  text(value: string): void {
    for (let index = 0; index < value.length; index++) this.#mix(value.charCodeAt(index));
    this.#mix(value.length);
  }

  /** Adds bytes to the present step. */
  bytes(value: Uint8Array): void {
    this.#mix(crc32(value));
    this.#mix(value.length);
  }

  #mix(word: number): void {
    this.#low = Math.imul(this.#low ^ word, 0x01000193);
    this.#low ^= this.#low >>> 15;
    this.#high = Math.imul(this.#high ^ word ^ this.#low, 0x85ebca6b);
    this.#high ^= this.#high >>> 13;
  }
}
