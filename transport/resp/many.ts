import { UnknownOutcome } from "../service.ts";
import { RespError } from "./reply.ts";
import type { Store } from "./store.ts";

/** How many keys of one command are under way at once. */
const KEYS_AT_ONCE = 32;

/**
 * Does something for each of some items, a few at a time; the results are in the order of the items.
 * Rejects with the first error, but not before all that was begun has ended. Nothing is begun after one.
 */
export async function readEach<T, R>(
  items: readonly T[],
  perform: (item: T) => Promise<R>,
): Promise<R[]> {
  const { results, errors } = await performEach(items, perform);
  if (errors.length > 0) throw errors[0];
  return results;
}

/**
 * As {@linkcode readEach}, for writes.
 *
 * @throws {RespError} `UNKNOWN` if some were made and others were not: the error of one would say that
 * nothing was written.
 */
async function writeEach<T, R>(
  items: readonly T[],
  perform: (item: T) => Promise<R>,
): Promise<R[]> {
  const { results, errors, done } = await performEach(items, perform);
  if (errors.length === 0) return results;
  const [first] = errors;
  if (done === 0 && !errors.some((error) => error instanceof UnknownOutcome)) throw first;
  if (items.length === 1 || !(first instanceof Error)) throw first;
  throw new RespError(`UNKNOWN Some of the keys may be written, not all: ${first.message}`);
}

/** Writes several keys, each by itself. */
export async function putEach(
  store: Store,
  pairs: readonly (readonly [key: string, value: Uint8Array])[],
): Promise<void> {
  // They are begun one after the other, when the request that they came in may be gone.
  const copies = pairs.map(([key, value]) => [key, value.slice()] as const);
  await writeEach(copies, ([key, value]) => store.put(key, value));
}

/** Removes several keys, each by itself; returns how many there were. */
export async function removeEach(store: Store, keys: readonly string[]): Promise<number> {
  const outcomes = await writeEach(keys, (key) => store.remove(key));
  return outcomes.filter((outcome) => outcome === "done").length;
}

async function performEach<T, R>(items: readonly T[], perform: (item: T) => Promise<R>) {
  const results = new Array<R>(items.length);
  const errors: unknown[] = [];
  let [next, done] = [0, 0];
  const work = async () => {
    while (next < items.length && errors.length === 0) {
      const index = next++;
      try {
        results[index] = await perform(items[index]!);
        done++;
      } catch (error) {
        errors.push(error);
      }
    }
  };
  await Promise.all(Array.from({ length: Math.min(KEYS_AT_ONCE, items.length) }, work));
  return { results, errors, done };
}
