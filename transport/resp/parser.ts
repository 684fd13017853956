/**
 * Requests as clients send them: arrays of bulk strings, or lines for people. What is malformed, and
 * how it is answered, is as in Redis 7 (`networking.c`).
 *
 * @module
 */
import { TroupeError } from "../../actors/errors.ts";
import { splitLine } from "./inline.ts";

/** What a request may take. */
export interface RequestLimits {
  /** The longest argument, in bytes. */
  readonly bulkBytesMax: number;
  /** The longest request with all of its arguments, in bytes. */
  readonly requestBytesMax: number;
}

/** Bytes that are no request: the connection is of no more use. */
export class ProtocolError extends TroupeError {
  /** Takes what Redis says of it. */
  constructor(what: string) {
    super("resp_protocol", `Protocol error: ${what}`);
  }
}

/** The longest line: a request of a person's, or the header of an array or of a bulk string, in bytes. */
export const LINE_BYTES_MAX = 64 * 1024;
/** The most arguments of a request. */
export const ARGUMENTS_MAX = 1024 * 1024;
/** The buffer of a new connection, in bytes: thousands of idle ones cost little. */
const BUFFER_BYTES_MIN = 1024;
/** The largest buffer of a connection whose requests do not need a larger one, in bytes. */
const BUFFER_BYTES_MAX = 64 * 1024;
/** Digits of a length that are read; more make it too large whatever they are. */
const LENGTH_DIGITS_MAX = 10;

const ASTERISK = 0x2a;
const DOLLAR = 0x24;
const CR = 0x0d;
const LF = 0x0a;

/** Nothing begun: neither an array nor a bulk string. */
const NONE = -1;

/**
 * Cuts a stream of bytes into requests. Bytes are read into its own buffer, and arguments are views of
 * it: they are overwritten after the next call of {@linkcode RequestParser.space}. Nothing is looked at
 * twice, however the stream is cut, but a line that has not ended.
 */
export class RequestParser {
  readonly #limits: RequestLimits;
  #buffer = new Uint8Array(BUFFER_BYTES_MIN);
  /** Where the request under way begins. */
  #begin = 0;
  /** What is before it is parsed. */
  #at = 0;
  /** Where the bytes received end. */
  #end = 0;
  /** Arguments that are missing to the request under way. */
  #left = 0;
  /** The length of the argument under way. */
  #bulk = NONE;
  /** Start, counted from `#begin`, and length of every argument so far. */
  #spans: number[] = [];
  #filled = false;

  constructor(limits: RequestLimits) {
    this.#limits = limits;
  }

  /** Where the next bytes are to be put, at least one. */
  space(): Uint8Array<ArrayBuffer> {
    if (this.#at === this.#end && this.#left === 0) this.#restart();
    else if (this.#end > this.#buffer.length * 3 / 4) this.#makeRoom();
    return this.#buffer.subarray(this.#end);
  }

  /** Says that so many bytes were put there. */
  received(count: number): void {
    this.#end += count;
    this.#filled = this.#end === this.#buffer.length;
  }

  /**
   * The next whole request, its name included; `undefined` if there is none yet.
   *
   * @throws {ProtocolError} if there never will be.
   */
  next(): readonly Uint8Array[] | undefined {
    while (this.#left === 0) {
      if (this.#at === this.#end) return undefined;
      this.#begin = this.#at;
      if (this.#buffer[this.#at] !== ASTERISK) {
        const line = this.#inline();
        if (line === undefined || line.length > 0) return line;
        continue;
      }
      const count = this.#length("too big mbulk count string", () => {});
      if (count === undefined) return undefined;
      if (Number.isNaN(count) || count > ARGUMENTS_MAX) {
        throw new ProtocolError("invalid multibulk length");
      }
      this.#left = Math.max(count, 0);
      this.#spans = [];
    }
    return this.#arguments();
  }

  #arguments(): readonly Uint8Array[] | undefined {
    while (this.#left > 0) {
      if (this.#bulk === NONE && !this.#beginBulk()) return undefined;
      const after = this.#at + this.#bulk + 2;
      if (after > this.#end) return undefined;
      this.#spans.push(this.#at - this.#begin, this.#bulk);
      this.#at = after;
      this.#bulk = NONE;
      this.#left--;
    }
    const spans = this.#spans;
    const request = new Array<Uint8Array>(spans.length / 2);
    for (let index = 0; index < request.length; index++) {
      const start = this.#begin + spans[2 * index]!;
      request[index] = this.#buffer.subarray(start, start + spans[2 * index + 1]!);
    }
    return request;
  }

  #beginBulk(): boolean {
    const length = this.#length("too big bulk count string", (first) => {
      if (first === DOLLAR) return;
      throw new ProtocolError(`expected '$', got '${String.fromCharCode(first)}'`);
    });
    if (length === undefined) return false;
    // `!(>=)` holds for NaN, too.
    if (!(length >= 0) || length > this.#limits.bulkBytesMax) {
      throw new ProtocolError("invalid bulk length");
    }
    if (this.#at - this.#begin + length > this.#limits.requestBytesMax) {
      throw new ProtocolError("too big request");
    }
    this.#bulk = length;
    return true;
  }

  /** Reads a header: a sign, a length, and the end of the line; `undefined` if it is not all there. */
  #length(whenTooLong: string, requireSign: (first: number) => void): number | undefined {
    const cr = this.#find(CR);
    if ((cr ?? this.#end) - this.#at > LINE_BYTES_MAX) throw new ProtocolError(whenTooLong);
    if (cr === undefined || cr + 1 === this.#end) return undefined;
    requireSign(this.#buffer[this.#at]!);
    const length = parseLength(this.#buffer, this.#at + 1, cr);
    this.#at = cr + 2;
    return length;
  }

  #inline(): readonly Uint8Array[] | undefined {
    const lf = this.#find(LF);
    if ((lf ?? this.#end) - this.#at > LINE_BYTES_MAX) {
      throw new ProtocolError("too big inline request");
    }
    if (lf === undefined) return undefined;
    const words = splitLine(this.#buffer.subarray(this.#at, lf));
    this.#at = lf + 1;
    if (words === undefined) throw new ProtocolError("unbalanced quotes in request");
    return words;
  }

  #find(byte: number): number | undefined {
    // A header is a few bytes: to ask the engine for so short a search costs more than it takes.
    const near = Math.min(this.#end, this.#at + 16);
    for (let at = this.#at; at < near; at++) if (this.#buffer[at] === byte) return at;
    if (near === this.#end) return undefined;
    const found = this.#buffer.subarray(0, this.#end).indexOf(byte, near);
    return found < 0 ? undefined : found;
  }

  /** Begins with an empty buffer: a larger one if reads fill it, a smaller one after a large request. */
  #restart(): void {
    const { length } = this.#buffer;
    if (this.#filled && length < BUFFER_BYTES_MAX) {
      this.#buffer = new Uint8Array(Math.min(length * 4, BUFFER_BYTES_MAX));
    } else if (length > BUFFER_BYTES_MAX) {
      this.#buffer = new Uint8Array(BUFFER_BYTES_MAX);
    }
    this.#begin = this.#at = this.#end = 0;
    this.#filled = false;
  }

  /** Drops what was parsed before the request under way, and grows if that is not enough. */
  #makeRoom(): void {
    const begin = this.#left > 0 ? this.#begin : this.#at;
    const held = this.#end - begin;
    const old = this.#buffer;
    const isBusy = this.#filled && old.length < BUFFER_BYTES_MAX;
    if (isBusy || held > old.length / 2) this.#buffer = new Uint8Array(old.length * 2);
    this.#buffer.set(old.subarray(begin, this.#end));
    this.#at -= begin;
    this.#begin = 0;
    this.#end = held;
    this.#filled = false;
  }
}

/** Digits, perhaps with a minus; NaN for anything else, as `string2ll` of Redis reads numbers. */
function parseLength(bytes: Uint8Array, from: number, to: number): number {
  const isNegative = bytes[from] === 0x2d;
  const start = isNegative ? from + 1 : from;
  const first = bytes[start]! - 0x30;
  if (to === start || to - start > LENGTH_DIGITS_MAX) return NaN;
  if (first === 0) return to - start === 1 && !isNegative ? 0 : NaN;
  let length = 0;
  for (let at = start; at < to; at++) {
    const digit = bytes[at]! - 0x30;
    if (digit < 0 || digit > 9) return NaN;
    length = length * 10 + digit;
  }
  return isNegative ? -length : length;
}
