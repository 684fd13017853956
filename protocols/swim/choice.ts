import { randomInteger, type RandomStream } from "../../actors/random.ts";

/** Puts a list into a random order (Fisher and Yates), in place; or only the first `count` of it. */
export function shuffle<T>(list: T[], random: RandomStream, count: number = list.length): T[] {
  for (let index = 0; index < Math.min(count, list.length - 1); index++) {
    const other = index + randomInteger(random, list.length - index);
    [list[index], list[other]] = [list[other]!, list[index]!];
  }
  return list;
}

/** So many of a list, or all of it if it has no more, each equally likely. */
export function choose<T>(list: readonly T[], count: number, random: RandomStream): T[] {
  return shuffle([...list], random, count).slice(0, count);
}
