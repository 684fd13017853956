import { Pairs, type Reply, RespError, Simple, Verbatim } from "./reply.ts";

/** A version of the protocol. */
export type RespVersion = 2 | 3;

/** The buffer of a connection that has little to say, in bytes. */
const BUFFER_BYTES_MIN = 1024;
/** The largest buffer that is kept for the next answers, in bytes. */
const BUFFER_BYTES_KEPT = 64 * 1024;
/** More than any header of an answer: its sign, an integer of 64 bits, the end of the line. */
const HEADER_BYTES_MAX = 24;
/** Text up to this length is copied by hand, which for so little is faster. */
const SHORT_TEXT = 32;

const CR = 0x0d;
const LF = 0x0a;

const textEncoder = new TextEncoder();

/** Writes answers one after the other, to be sent together. */
export class ReplyWriter {
  #buffer = new Uint8Array(BUFFER_BYTES_MIN);
  #spare: Uint8Array<ArrayBuffer> | undefined;
  #length = 0;

  /** Bytes that were written and not taken. */
  get length(): number {
    return this.#length;
  }

  /** Everything written so far. The next answers are written elsewhere. */
  take(): Uint8Array<ArrayBuffer> {
    const bytes = this.#buffer.subarray(0, this.#length);
    this.#buffer = this.#spare ?? new Uint8Array(BUFFER_BYTES_MIN);
    this.#spare = undefined;
    this.#length = 0;
    return bytes;
  }

  /** Gives back what was taken and sent, to be written over. */
  recycle({ buffer }: Uint8Array<ArrayBuffer>): void {
    if (buffer.byteLength <= BUFFER_BYTES_KEPT) this.#spare = new Uint8Array(buffer);
  }

  /** Writes an answer. */
  write(reply: Reply, version: RespVersion): void {
    if (reply instanceof Uint8Array) this.#bulk(reply);
    else if (reply instanceof Simple) this.#line("+", reply.text);
    else if (reply === null) this.#text(version === 3 ? "_\r\n" : "$-1\r\n");
    else if (typeof reply === "string") this.#bulk(textEncoder.encode(reply));
    else if (typeof reply === "number") this.#header(0x3a, reply);
    else if (typeof reply === "bigint") this.#line(":", reply.toString());
    else if (reply instanceof RespError) this.#line("-", oneLine(reply.message));
    else if (reply instanceof Pairs) this.#pairs(reply, version);
    else if (reply instanceof Verbatim) this.#verbatim(reply.text, version);
    else {
      this.#header(0x2a, reply.length);
      for (const item of reply) this.write(item, version);
    }
  }

  #pairs({ pairs }: Pairs, version: RespVersion): void {
    if (version === 3) this.#header(0x25, pairs.length);
    else this.#header(0x2a, 2 * pairs.length);
    for (const [key, value] of pairs) {
      this.write(key, version);
      this.write(value, version);
    }
  }

  #verbatim(text: string, version: RespVersion): void {
    const bytes = textEncoder.encode(text);
    if (version !== 3) return this.#bulk(bytes);
    this.#header(0x3d, bytes.length + 4);
    this.#text("txt:");
    this.#bytes(bytes);
    this.#text("\r\n");
  }

  #bulk(bytes: Uint8Array): void {
    this.#header(0x24, bytes.length);
    this.#reserve(bytes.length + 2);
    this.#buffer.set(bytes, this.#length);
    this.#length += bytes.length;
    this.#buffer[this.#length++] = CR;
    this.#buffer[this.#length++] = LF;
  }

  #bytes(bytes: Uint8Array): void {
    this.#reserve(bytes.length);
    this.#buffer.set(bytes, this.#length);
    this.#length += bytes.length;
  }

  #line(sign: string, text: string): void {
    this.#text(`${sign}${text}\r\n`);
  }

  #text(text: string): void {
    if (text.length > SHORT_TEXT) return this.#bytes(textEncoder.encode(text));
    this.#reserve(3 * text.length);
    for (let index = 0; index < text.length; index++) {
      const unit = text.charCodeAt(index);
      if (unit > 0x7f) return this.#bytes(textEncoder.encode(text.slice(index)));
      this.#buffer[this.#length++] = unit;
    }
  }

  /** A sign, an integer, the end of the line. */
  #header(sign: number, value: number): void {
    this.#reserve(HEADER_BYTES_MAX);
    this.#buffer[this.#length++] = sign;
    let left = Math.abs(value);
    if (value < 0) this.#buffer[this.#length++] = 0x2d;
    let digits = 1;
    for (let power = 10; power <= left; power *= 10) digits++;
    for (let at = this.#length + digits - 1; at >= this.#length; at--) {
      this.#buffer[at] = 0x30 + left % 10;
      left = Math.floor(left / 10);
    }
    this.#length += digits;
    this.#buffer[this.#length++] = CR;
    this.#buffer[this.#length++] = LF;
  }

  #reserve(count: number): void {
    const needed = this.#length + count;
    if (needed <= this.#buffer.length) return;
    const larger = new Uint8Array(Math.max(needed, 2 * this.#buffer.length));
    larger.set(this.#buffer.subarray(0, this.#length));
    this.#buffer = larger;
  }
}

/** An error is one line, whatever a client had in the name of its command. */
function oneLine(text: string): string {
  return text.replaceAll(/[\r\n]/g, " ");
}
