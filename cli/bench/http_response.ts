import { TroupeError } from "../../actors/errors.ts";

/** What a server answered. The body is valid until the next answer is read. */
export interface HttpResponse {
  readonly status: number;
  readonly body: Uint8Array;
  /** Whether the connection can carry another request. */
  readonly keepAlive: boolean;
}

/** An answer that is not HTTP, or larger than anything that was asked for. */
export class BadResponse extends TroupeError {
  constructor(why: string) {
    super("bad_response", `Cannot read the server's answer: ${why}`);
  }
}

/** The connection was closed where an answer should have gone on. */
export class ConnectionLost extends TroupeError {
  constructor() {
    super("connection_lost", "The connection was closed before the answer was complete");
  }
}

/** Reads some bytes into a buffer and says how many; `null` at the end. */
export type Read = (into: Uint8Array) => Promise<number | null>;

const BUFFER_BYTES = 16 * 1024;
const BUFFER_BYTES_MAX = 32 * 1024 * 1024;
const HEAD_BYTES_MAX = 16 * 1024;
const NO_BODY = new Uint8Array(0);

/**
 * Reads the answers on one connection, HTTP/1.1, one after the other.
 *
 * The load tool has its own reader because it must cost less than the server that it measures:
 * `fetch` takes 34 to 41 µs of CPU a request here, `node:http` 30 to 34, a `node:net` socket with a reader like
 * this one 10 to 13, and `Deno.connect` with it 9 to 10 (64 connections, PUT of 100 bytes). Against a
 * server that does next to nothing they reach 26,000 to 32,000, 33,000 to 38,000, 76,000 to 94,000 and
 * 88,000 to 99,000 requests a second; wrk 104,000 to 107,000.
 */
export class ResponseReader {
  readonly #read: Read;
  readonly #decoder = new TextDecoder("latin1");
  #buffer = new Uint8Array(BUFFER_BYTES);
  #length = 0;

  constructor(read: Read) {
    this.#read = read;
  }

  /**
   * Reads the next answer.
   *
   * @throws {BadResponse} if it makes no sense.
   * @throws {ConnectionLost} if it ends early.
   */
  async next(): Promise<HttpResponse> {
    this.#length = 0;
    for (;;) {
      const head = await this.#readHead();
      const status = Number(/^HTTP\/1\.[01] (\d{3})/.exec(head)?.[1]);
      if (Number.isNaN(status)) {
        throw new BadResponse(`it begins ${JSON.stringify(head.slice(0, 40))}`);
      }
      const bodyAt = head.length + 4;
      // An interim answer (100 Continue) is followed by the real one.
      if (status < 200) this.#drop(bodyAt);
      else return await this.#readBody(status, head, bodyAt);
    }
  }

  async #readHead(): Promise<string> {
    for (;;) {
      const text = this.#decoder.decode(
        this.#buffer.subarray(0, Math.min(this.#length, HEAD_BYTES_MAX)),
      );
      const end = text.indexOf("\r\n\r\n");
      if (end >= 0) return text.slice(0, end);
      if (text.length === HEAD_BYTES_MAX) throw new BadResponse("its headers do not end");
      if (!await this.#fill()) throw new ConnectionLost();
    }
  }

  async #readBody(status: number, head: string, bodyAt: number): Promise<HttpResponse> {
    const keepAlive = !/\r\nconnection: *close/i.test(head);
    if (status === 204 || status === 304) return { status, body: NO_BODY, keepAlive };
    const declared = /\r\ncontent-length: *(\d+)/i.exec(head)?.[1];
    if (declared !== undefined) {
      const end = bodyAt + Number(declared);
      await this.#fillTo(end);
      return { status, body: this.#buffer.subarray(bodyAt, end), keepAlive };
    }
    if (/\r\ntransfer-encoding: *chunked/i.test(head)) {
      return { status, body: await this.#readChunks(bodyAt), keepAlive };
    }
    while (await this.#fill());
    return { status, body: this.#buffer.subarray(bodyAt, this.#length), keepAlive: false };
  }

  async #readChunks(bodyAt: number): Promise<Uint8Array> {
    let at = bodyAt;
    let end = bodyAt;
    for (;;) {
      const line = await this.#readLine(at);
      const size = /^[0-9a-f]{1,8}/i.exec(line)?.[0];
      if (size === undefined) throw new BadResponse(`"${line.slice(0, 40)}" is no chunk size`);
      at += line.length + 2;
      const length = parseInt(size, 16);
      if (length === 0) break;
      await this.#fillTo(at + length + 2);
      this.#buffer.copyWithin(end, at, at + length);
      end += length;
      at += length + 2;
    }
    for (let trailer = " "; trailer !== ""; at += trailer.length + 2) {
      trailer = await this.#readLine(at);
    }
    return this.#buffer.subarray(bodyAt, end);
  }

  async #readLine(at: number): Promise<string> {
    for (;;) {
      const text = this.#decoder.decode(
        this.#buffer.subarray(at, Math.min(this.#length, at + HEAD_BYTES_MAX)),
      );
      const end = text.indexOf("\r\n");
      if (end >= 0) return text.slice(0, end);
      if (text.length === HEAD_BYTES_MAX) throw new BadResponse("a line does not end");
      if (!await this.#fill()) throw new ConnectionLost();
    }
  }

  async #fillTo(length: number): Promise<void> {
    while (this.#length < length) {
      if (!await this.#fill(length)) throw new ConnectionLost();
    }
  }

  /** Reads more; false at the end of the connection. */
  async #fill(wanted = 0): Promise<boolean> {
    if (this.#length === this.#buffer.length || wanted > this.#buffer.length) this.#grow(wanted);
    const count = await this.#read(this.#buffer.subarray(this.#length));
    this.#length += count ?? 0;
    return count !== null;
  }

  #grow(wanted: number): void {
    const size = Math.max(2 * this.#buffer.length, wanted);
    if (size > BUFFER_BYTES_MAX) {
      throw new BadResponse(`it is larger than ${BUFFER_BYTES_MAX} bytes`);
    }
    const larger = new Uint8Array(size);
    larger.set(this.#buffer.subarray(0, this.#length));
    this.#buffer = larger;
  }

  #drop(count: number): void {
    this.#buffer.copyWithin(0, count, this.#length);
    this.#length -= count;
  }
}
