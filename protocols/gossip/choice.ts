import { randomInteger, type RandomStream } from "../../actors/random.ts";
import type { GossipReplica } from "./replica.ts";

/** Living members drawn at random, but for some. */
export function someLiving(
  replica: GossipReplica,
  count: number,
  without: readonly number[],
): number[] {
  const { others, living, context } = replica;
  const candidates = others.filter((node) => living.has(node) && !without.includes(node));
  return sample(candidates, count, () => context.random());
}

/** Some of a list, drawn at random. */
export function sample<T>(list: readonly T[], count: number, random: RandomStream): T[] {
  const rest = [...list];
  const drawn: T[] = [];
  while (drawn.length < count && rest.length > 0) {
    const at = randomInteger(random, rest.length);
    drawn.push(rest[at]!);
    rest[at] = rest.at(-1)!;
    rest.pop();
  }
  return drawn;
}
