import { LatencyHistogram } from "../../../cli/bench/recorder.ts";
import type { Measured } from "../measurement.ts";

/** What answers said. */
export interface Heard {
  /** How many operations ended, in the order in which they were asked for. */
  readonly answered: number;
  /** How many of them failed. */
  readonly errors: number;
}

/** A connection, and the protocol spoken on it. */
export interface Conversation {
  readonly connection: Deno.TcpConn;
  /** The bytes of so many operations more. They are valid until the next call. */
  ask(count: number): Uint8Array;
  /** Takes bytes as they come. */
  hear(bytes: Uint8Array): Heard;
}

/** How many operations are asked for next, of those that may be in flight. */
export type Refill = (inFlight: number, limit: number) => number;

/** The next operations go out together, when all of the last ones are answered; as redis-benchmark does. */
export const BATCH: Refill = (inFlight, limit) => inFlight === 0 ? limit : 0;
/** An operation goes out for each one that is answered. */
export const SLIDING: Refill = (inFlight, limit) => limit - inFlight;

/** A load on some ports. */
export interface Loop {
  readonly ports: readonly number[];
  readonly connections: number;
  /** Operations in flight on each connection. */
  readonly inFlight: number;
  readonly refill: Refill;
  /** How long it goes on. What is answered later does not count. */
  readonly seconds?: number;
  /** Without a time: how many operations are asked for, or a few more. */
  readonly operations?: number;
  readonly open: (port: number, index: number) => Promise<Conversation>;
}

/** How long the last answers may take, in milliseconds. */
const GRACE_MS = 15_000;
const READ_BYTES = 64 * 1_024;

/**
 * Asks on every connection, and asks again when answers come, until the end.
 *
 * @throws {Error} if a connection fails, or the last answers do not come.
 */
export async function closedLoop(loop: Loop): Promise<Measured> {
  const { ports, connections, open, seconds } = loop;
  const conversations = await Promise.all(
    Array.from({ length: connections }, (_, index) => open(ports[index % ports.length]!, index)),
  );
  const close = () => conversations.forEach(({ connection }) => tryClose(connection));
  const timer = seconds === undefined ? undefined : setTimeout(close, seconds * 1_000 + GRACE_MS);
  const tally = new Tally(loop);
  try {
    await Promise.all(conversations.map((conversation) => converse(conversation, loop, tally)));
    return tally.result();
  } finally {
    clearTimeout(timer);
    close();
  }
}

async function converse(conversation: Conversation, loop: Loop, tally: Tally): Promise<void> {
  const { connection } = conversation;
  const bytes = new Uint8Array(READ_BYTES);
  const askedAt: number[] = [];
  for (;;) {
    const count = tally.take(loop.refill(askedAt.length, loop.inFlight));
    if (count > 0) {
      const now = performance.now();
      for (let each = 0; each < count; each++) askedAt.push(now);
      await writeAll(connection, conversation.ask(count));
    }
    if (askedAt.length === 0) return;
    const received = await connection.read(bytes);
    if (received === null) throw new Error("The server has closed a connection");
    const { answered, errors } = conversation.hear(bytes.subarray(0, received));
    tally.add(askedAt.splice(0, answered), errors);
  }
}

/** What has been asked for and answered on all connections together. */
class Tally {
  readonly #histogram = new LatencyHistogram();
  readonly #startedAt = performance.now();
  readonly #endsAt: number;
  #left: number;
  #errors = 0;

  constructor({ seconds, operations = Infinity }: Loop) {
    this.#endsAt = seconds === undefined ? Infinity : this.#startedAt + seconds * 1_000;
    this.#left = operations;
  }

  /** How many of the operations that a connection has room for it may ask for. */
  take(wanted: number): number {
    if (this.#left <= 0 || performance.now() >= this.#endsAt) return 0;
    this.#left -= wanted;
    return wanted;
  }

  add(askedAt: readonly number[], errors: number): void {
    const now = performance.now();
    if (now > this.#endsAt) return;
    for (const at of askedAt) this.#histogram.record(now - at);
    this.#errors += errors;
  }

  result(): Measured {
    const endedAt = Math.min(performance.now(), this.#endsAt);
    const latency = this.#histogram.summary();
    return {
      requests: this.#histogram.count,
      seconds: (endedAt - this.#startedAt) / 1_000,
      p50Ms: latency?.p50 ?? NaN,
      p99Ms: latency?.p99 ?? NaN,
      errors: this.#errors,
    };
  }
}

/** Writes all of it. */
export async function writeAll(connection: Deno.TcpConn, bytes: Uint8Array): Promise<void> {
  for (let sent = 0; sent < bytes.length;) sent += await connection.write(bytes.subarray(sent));
}

function tryClose(connection: Deno.TcpConn): void {
  try {
    connection.close();
  } catch {
    // It is closed already.
  }
}
