import { TroupeError } from "../../actors/errors.ts";
import { KEY_BYTES_MAX, type KeyCommand, type TooLarge, VALUE_BYTES_MAX } from "./types.ts";
import { utf8Length, WIRE_KEY_BYTES_MAX } from "./wire.ts";

/** The shortest limit of values: the longest integer fits. */
const VALUE_LIMIT_MIN = 20;
/** The greatest limit of values that frames and results leave room for. */
const VALUE_LIMIT_MAX = 64 * 1024 * 1024;

/** How a store is made. Every replica must be given the same. */
export interface KvStoreOptions {
  /**
   * The longest key, in bytes of UTF-8, from 1 to 8192. Raising it costs memory: every key is held
   * in full, and some of them twice.
   *
   * @default {KEY_BYTES_MAX}
   */
  readonly keyBytesMax?: number;
  /**
   * The longest value, in bytes, from 20 to 64 MiB. Raising it makes the slowest command slower, and
   * those that wait behind it.
   *
   * @default {VALUE_BYTES_MAX}
   */
  readonly valueBytesMax?: number;
}

/** How long keys and values may be. */
export class Limits {
  readonly #keyBytesMax: number;
  readonly #valueBytesMax: number;

  /**
   * Takes what is given, and the defaults.
   *
   * @throws {TroupeError} `bad_option` for a limit out of bounds.
   */
  constructor(options: KvStoreOptions) {
    this.#keyBytesMax = options.keyBytesMax ?? KEY_BYTES_MAX;
    this.#valueBytesMax = options.valueBytesMax ?? VALUE_BYTES_MAX;
    requireWithin("keyBytesMax", this.#keyBytesMax, 1, WIRE_KEY_BYTES_MAX);
    requireWithin("valueBytesMax", this.#valueBytesMax, VALUE_LIMIT_MIN, VALUE_LIMIT_MAX);
  }

  /** What to answer to a command that is beyond a limit; `undefined` if it is not. */
  refuse(command: KeyCommand, revision: number): TooLarge | undefined {
    // No UTF-16 code unit takes more than three bytes: most keys need not be measured.
    if (command.key.length * 3 > this.#keyBytesMax) {
      const bytes = utf8Length(command.key);
      const limit = this.#keyBytesMax;
      if (bytes > limit) return { type: "too_large", revision, what: "key", bytes, limit };
    }
    if (command.type === "put" && command.value.length > this.#valueBytesMax) {
      const bytes = command.value.length;
      const limit = this.#valueBytesMax;
      return { type: "too_large", revision, what: "value", bytes, limit };
    }
    return undefined;
  }
}

function requireWithin(name: string, value: number, min: number, max: number): void {
  if (Number.isInteger(value) && value >= min && value <= max) return;
  throw new TroupeError(
    "bad_option",
    `Option ${name} is not an integer from ${min} to ${max}: ${value}`,
  );
}
