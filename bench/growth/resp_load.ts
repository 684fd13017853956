import { pause } from "../../tests/cluster/until.ts";

/** Which keys are written, and how. */
export interface LoadWork {
  readonly port: number;
  /** The first key's number. */
  readonly from: number;
  readonly count: number;
  /** Connections, each with one pipeline under way. @default {16} */
  readonly connections?: number;
  /** Commands of one pipeline. @default {64} */
  readonly pipeline?: number;
  /** Told whenever a pipeline was answered. */
  readonly onWritten?: (count: number) => void;
}

/** Bytes of a key, and of a value. */
export const KEY_BYTES = 16;
export const VALUE_BYTES = 100;

const KEY_PREFIX = "key:";
const DIGITS = KEY_BYTES - KEY_PREFIX.length;
const HEAD = `*3\r\n$3\r\nSET\r\n$${KEY_BYTES}\r\n${KEY_PREFIX}`;
const COMMAND = `${HEAD}${"0".repeat(DIGITS)}\r\n$${VALUE_BYTES}\r\n${"v".repeat(VALUE_BYTES)}\r\n`;
/** After a refusal, before the same is sent again, in milliseconds. */
const RETRY_MS = 20;
const LINE_FEED = 10;
const MINUS = 45;

/** The key of a number. */
export function keyOf(number: number): string {
  return `${KEY_PREFIX}${String(number).padStart(DIGITS, "0")}`;
}

/**
 * Writes keys over RESP, as fast as they are taken: one pipeline after the other on each of some connections,
 * and one that was refused, in part even, once more. Little of it happens in JavaScript, command by command, so
 * that it costs less than what it loads.
 *
 * @returns how often a pipeline was refused.
 */
export async function loadResp(work: LoadWork): Promise<number> {
  const { port, from, count, connections = 16, pipeline = 64, onWritten = () => {} } = work;
  let next = from;
  let refusals = 0;
  const run = async () => {
    using connection = await Deno.connect({ hostname: "127.0.0.1", port });
    connection.setNoDelay(true);
    const batch = new Batch(pipeline);
    while (next < from + count) {
      const first = next;
      const size = Math.min(pipeline, from + count - first);
      next += size;
      while (!await batch.exchange(connection, first, size)) {
        refusals++;
        await pause(RETRY_MS);
      }
      onWritten(size);
    }
  };
  await Promise.all(Array.from({ length: connections }, run));
  return refusals;
}

/** A pipeline of writes, made in place. */
class Batch {
  readonly #bytes: Uint8Array<ArrayBuffer>;
  readonly #answer = new Uint8Array(64 * 1024);

  constructor(pipeline: number) {
    this.#bytes = new TextEncoder().encode(COMMAND.repeat(pipeline));
  }

  /** Sends it and reads its answers; false if one of them was an error. */
  async exchange(connection: Deno.TcpConn, first: number, size: number): Promise<boolean> {
    this.#number(first, size);
    const length = size * COMMAND.length;
    for (let sent = 0; sent < length;) {
      sent += await connection.write(this.#bytes.subarray(sent, length));
    }
    let isGood = true;
    let isAtStart = true;
    for (let lines = 0; lines < size;) {
      const read = await connection.read(this.#answer);
      if (read === null) throw new Error("The connection was closed before all was answered");
      for (let at = 0; at < read; at++) {
        const byte = this.#answer[at];
        if (isAtStart && byte === MINUS) isGood = false;
        isAtStart = byte === LINE_FEED;
        if (isAtStart) lines++;
      }
    }
    return isGood;
  }

  #number(first: number, size: number): void {
    for (let index = 0; index < size; index++) {
      let rest = first + index;
      const end = index * COMMAND.length + HEAD.length + DIGITS;
      for (let digit = 1; digit <= DIGITS; digit++) {
        this.#bytes[end - digit] = 48 + rest % 10;
        rest = Math.floor(rest / 10);
      }
    }
  }
}
