/** Between two looks, in milliseconds. */
const POLL_MS = 20;
/** After which a condition is taken never to come true. Far beyond what it takes anywhere. */
export const DEADLINE_MS = 60_000;
/** The most that one look counts, in milliseconds. */
const LOOK_MS_MAX = 500;

/**
 * Says when something has been waited for long enough. Who was stopped for a minute, machine and all, has
 * not waited for a minute: between two questions only so much time counts.
 */
export class Patience {
  readonly #stepMsMax: number;
  #leftMs = DEADLINE_MS;
  #askedAt = performance.now();

  /** @param stepMsMax The most that counts between two questions, in milliseconds. */
  constructor(stepMsMax: number) {
    this.#stepMsMax = stepMsMax;
  }

  /** Whether it is over. */
  isOver(): boolean {
    const now = performance.now();
    this.#leftMs -= Math.min(this.#stepMsMax, now - this.#askedAt);
    this.#askedAt = now;
    return this.#leftMs < 0;
  }
}

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
  const patience = new Patience(LOOK_MS_MAX);
  while (true) {
    const seen = await look();
    if (seen !== undefined && seen !== false) return seen;
    if (patience.isOver()) throw new Error(`Waited in vain until ${what}\n${await describe()}`);
    await pause(POLL_MS);
  }
}

/** Lets others run for a while. Never to wait for something: that is what `until` is for. */
export function pause(milliseconds: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, milliseconds));
}
