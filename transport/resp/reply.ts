/**
 * What commands answer, before it is written for a version of the protocol.
 *
 * @module
 */
import { TroupeError } from "../../actors/errors.ts";

/**
 * An answer: bytes and text are bulk strings, numbers are integers, `null` is nil, and the rest is what
 * it is called.
 */
export type Reply =
  | Uint8Array
  | string
  | number
  | bigint
  | null
  | readonly Reply[]
  | Simple
  | Pairs
  | Verbatim
  | RespError;

/** A status: one line, `+OK`. */
export class Simple {
  readonly text: string;

  constructor(text: string) {
    this.text = text;
  }
}

/** Keys and values, in order: a map in RESP3, a flat array before. */
export class Pairs {
  readonly pairs: readonly (readonly [Reply, Reply])[];

  constructor(pairs: readonly (readonly [Reply, Reply])[]) {
    this.pairs = pairs;
  }
}

/** Text for people, marked as such in RESP3. */
export class Verbatim {
  readonly text: string;

  constructor(text: string) {
    this.text = text;
  }
}

/** An error that is an answer. Its message begins with the word that clients go by: `ERR`, `NOPROTO`. */
export class RespError extends TroupeError {
  /** Takes the whole line. */
  constructor(line: string) {
    super("resp_error", line);
  }
}

/** The answer of what has nothing else to say. */
export const OK: Simple = new Simple("OK");
