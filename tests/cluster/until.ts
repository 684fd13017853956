/** Between two looks, in milliseconds. */
const POLL_MS = 20;
/** After which a condition is taken never to come true. Far beyond what it takes anywhere. */
export const DEADLINE_MS = 60_000;

/**
 * Looks again and again until there is something to see, and returns it.
 *
 * @param what The condition, for the error message.
 * @param look Returns `undefined` or `false` as long as the condition does not hold.
 * @param describe What the error message says besides.
 */
export async function until<T>(
  what: string,
  look: () => Promise<T | undefined | false> | T | undefined | false,
  describe: () => Promise<string> | string = () => "",
): Promise<T> {
  const startedAt = performance.now();
  while (true) {
    const seen = await look();
    if (seen !== undefined && seen !== false) return seen;
    if (performance.now() - startedAt > DEADLINE_MS) {
      throw new Error(`Waited ${DEADLINE_MS} ms in vain until ${what}\n${await describe()}`);
    }
    await pause(POLL_MS);
  }
}

/** Lets others run for a while. Never to wait for something: that is what `until` is for. */
export function pause(milliseconds: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, milliseconds));
}
