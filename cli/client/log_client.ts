/** A client of the replicated log. */

import { Caller } from "./caller.ts";
import { DEFAULT_ENDPOINTS, parseEndpoints } from "./endpoints.ts";
import type { ApiRequest } from "./exchange.ts";
import type { KvClientOptions } from "./options.ts";
import { valueBytes } from "./requests.ts";
import type { ReadOptions, WriteOptions } from "./types.ts";
import { readField, readJson, readList, readValue } from "./wire.ts";

/** A record of the log. */
export interface LogRecord {
  /** Its number in the log, from 0. */
  readonly offset: number;
  /** Its bytes. */
  readonly value: Uint8Array;
}

/** Where a log begins and ends. */
export interface LogRange {
  /** The offset of the oldest record; that of the next one if there is none. */
  readonly first: number;
  /** The offset that the next record will get. */
  readonly next: number;
}

/** Which records are read. */
export interface LogReadOptions extends ReadOptions {
  /** The offset of the first one. @default {0} */
  readonly from?: number;
  /** Ends after so many records. @default {Infinity} */
  readonly limit?: number;
}

/** The most records of one answer. */
const PAGE = 1_000;

/**
 * A client of a cluster that replicates a log (`state_machine: log`). It finds its way, and repeats its
 * requests, as `KvClient` does: a record is appended once at most, however often it has to be sent.
 *
 * @example
 * ```ts ignore
 * const log = new LogClient({ endpoints: "http://127.0.0.1:7100,7101,7102" });
 * const offset = await log.append("hello");
 * for await (const record of log.read({ from: offset })) console.log(record.value);
 * ```
 */
export class LogClient {
  readonly #caller: Caller;

  /**
   * Makes a client. Nothing is sent before the first call.
   *
   * @throws {TroupeError} `bad_endpoint`.
   */
  constructor(options: KvClientOptions = {}) {
    const endpoints = parseEndpoints(options.endpoints ?? DEFAULT_ENDPOINTS);
    this.#caller = new Caller(endpoints, options);
  }

  /**
   * Appends a record, text as UTF-8; returns its offset.
   *
   * @throws {RequestRefused} `log_full`, or `too_large`.
   */
  async append(record: string | Uint8Array, options: WriteOptions = {}): Promise<number> {
    const request: ApiRequest = { method: "POST", path: "/v1/log", body: valueBytes(record) };
    const answer = await this.#caller.write(request, options);
    return readField(answer, readJson(answer), "offset", "number");
  }

  /**
   * Visits records in their order up to the end of the log, fetching many at a time.
   *
   * @throws {RequestRefused} `offset_dropped` if the first one is not there any more.
   */
  async *read(options: LogReadOptions = {}): AsyncGenerator<LogRecord, void, void> {
    const { limit = Infinity } = options;
    let { from = 0 } = options;
    for (let left = limit; left > 0;) {
      const query = { from: String(from), limit: String(Math.min(PAGE, left)) };
      const answer = await this.#caller.read({ method: "GET", path: "/v1/log", query }, options);
      const json = readJson(answer);
      const records = readList(answer, json, "records");
      for (const record of records) {
        const offset = readField(answer, record, "offset", "number");
        yield { offset, value: readValue(answer, record) };
      }
      from += records.length;
      left -= records.length;
      if (records.length === 0 || from >= readField(answer, json, "next", "number")) return;
    }
  }

  /** Where the log begins and ends. */
  async range(options: ReadOptions = {}): Promise<LogRange> {
    const answer = await this.#caller.read({ method: "GET", path: "/v1/log/latest" }, options);
    const json = readJson(answer);
    return {
      first: readField(answer, json, "first", "number"),
      next: readField(answer, json, "next", "number"),
    };
  }

  /** Drops the records before an offset, to make room; returns what is left. */
  async trim(before: number, options: WriteOptions = {}): Promise<LogRange> {
    const query = { before: String(before) };
    const request: ApiRequest = { method: "DELETE", path: "/v1/log", query };
    const answer = await this.#caller.write(request, options);
    const json = readJson(answer);
    return {
      first: readField(answer, json, "first", "number"),
      next: readField(answer, json, "next", "number"),
    };
  }
}
