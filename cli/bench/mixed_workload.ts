import { randomInteger, type RandomStream, randomStream } from "../../actors/random.ts";
import {
  type KeyChooser,
  keyChooser,
  type Operation,
  type Source,
  type WorkloadOptions,
} from "./workload.ts";

/** Of ten writes so many are puts, and so many deletes; the rest are swaps. */
const PUTS = 6;
const DELETES = 1;

/**
 * The requests of a run whose history is kept: reads, and writes of all kinds. No two values are the
 * same, so that what is read tells who wrote it; and the keys are nobody else's, so that they are known
 * to be absent in the beginning.
 */
export class MixedWorkload implements Source {
  readonly #options: WorkloadOptions;
  readonly #keyPrefix: string;
  readonly #random: RandomStream;
  readonly #chooseKey: KeyChooser;
  readonly #encoder = new TextEncoder();
  /** By client and key: what the client saw last, which a swap may hope to find. */
  readonly #seen = new Map<string, string | null>();
  #written = 0;

  /** @param keyPrefix What no other run's keys begin with. */
  constructor(options: WorkloadOptions, keyPrefix: string) {
    this.#options = options;
    this.#keyPrefix = keyPrefix;
    this.#random = randomStream(options.seed, "operations");
    this.#chooseKey = keyChooser(options.keys, options.skew, randomStream(options.seed, "keys"));
  }

  next(client: number): Operation {
    const key = `${this.#keyPrefix}${this.#chooseKey()}`;
    if (this.#random() >= this.#options.writes) return { kind: "get", key, value: null };
    const drawn = randomInteger(this.#random, 10);
    if (drawn < PUTS) return { kind: "put", key, value: this.#value() };
    if (drawn < PUTS + DELETES) return { kind: "delete", key, value: null };
    const expect = this.#seen.get(`${client} ${key}`) ?? null;
    return { kind: "cas", key, value: this.#value(), expect };
  }

  /** Notes what a key holds now, as far as a client can tell; `undefined` if it cannot. */
  note(client: number, { key }: Operation, value: string | null | undefined): void {
    if (value !== undefined) this.#seen.set(`${client} ${key}`, value);
  }

  #value(): Uint8Array {
    return this.#encoder.encode(`v${this.#written++}`.padEnd(this.#options.valueSize, "-"));
  }
}
