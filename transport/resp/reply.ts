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

/** What an answer takes besides its text, about, in bytes. */
const REPLY_OVERHEAD = 64;

/** How large an answer is, about, in bytes. */
export function sizeOf(reply: Reply): number {
  if (reply instanceof Uint8Array || typeof reply === "string") {
    return REPLY_OVERHEAD + reply.length;
  }
  if (reply instanceof Verbatim || reply instanceof Simple) {
    return REPLY_OVERHEAD + reply.text.length;
  }
  if (reply instanceof RespError) return REPLY_OVERHEAD + reply.message.length;
  if (reply instanceof Pairs) return sizeOfAll(reply.pairs.flat());
  return Array.isArray(reply) ? sizeOfAll(reply) : REPLY_OVERHEAD;
}

function sizeOfAll(replies: readonly Reply[]): number {
  return replies.reduce<number>((sum, each) => sum + sizeOf(each), REPLY_OVERHEAD);
}
