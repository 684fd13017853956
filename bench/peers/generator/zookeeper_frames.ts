/**
 * The few messages of ZooKeeper's client protocol that a load needs: records as its jute compiler lays them out
 * (big-endian, lengths before strings and buffers), each after its own length. The types are those of
 * `org.apache.zookeeper.ZooDefs.OpCode` in version 3.8.
 *
 * @module
 */
import { Buffer } from "node:buffer";

const CREATE = 1;
const GET_DATA = 4;
const SET_DATA = 5;
const SYNC = 9;
/** Every permission, for everybody. */
const ALL = 31;
const PASSWORD_BYTES = 16;
const ANY_VERSION = -1;

/** The error that says that a node to create is there. */
export const NODE_EXISTS = -110;

/** Asks for a session of so many milliseconds. */
export function connectFrame(timeoutMs: number): Buffer {
  const password = [int(PASSWORD_BYTES), Buffer.alloc(PASSWORD_BYTES)];
  const [lastZxid, sessionId] = [Buffer.alloc(8), Buffer.alloc(8)];
  return frame([int(0), lastZxid, int(timeoutMs), sessionId, ...password, Buffer.alloc(1)]);
}

export function createFrame(id: number, path: string, data: Buffer): Buffer {
  const acl = [int(1), int(ALL), text("world"), text("anyone")];
  return frame([int(id), int(CREATE), text(path), buffer(data), ...acl, int(0)]);
}

export function setFrame(id: number, path: string, data: Buffer): Buffer {
  return frame([int(id), int(SET_DATA), text(path), buffer(data), int(ANY_VERSION)]);
}

export function getFrame(id: number, path: string): Buffer {
  return frame([int(id), int(GET_DATA), text(path), Buffer.alloc(1)]);
}

export function syncFrame(id: number, path: string): Buffer {
  return frame([int(id), int(SYNC), text(path)]);
}

/** An answer to a request. */
export interface Reply {
  readonly id: number;
  /** 0 if it was done. */
  readonly error: number;
}

/** Finds the answers in bytes as they come. */
export class ReplyReader {
  #rest: Buffer = Buffer.alloc(0);

  /** Takes bytes; returns the answers that end in them. */
  push(bytes: Uint8Array): Reply[] {
    let all = Buffer.concat([this.#rest, bytes]);
    const replies: Reply[] = [];
    while (all.length >= 4 && all.length >= 4 + all.readInt32BE(0)) {
      const length = all.readInt32BE(0);
      // The id, the last transaction's (8 bytes), and the error.
      replies.push({ id: all.readInt32BE(4), error: all.readInt32BE(16) });
      all = all.subarray(4 + length);
    }
    this.#rest = Buffer.from(all);
    return replies;
  }
}

function frame(parts: readonly Uint8Array[]): Buffer {
  const body = Buffer.concat(parts);
  return Buffer.concat([int(body.length), body]);
}

function int(value: number): Buffer {
  const bytes = Buffer.alloc(4);
  bytes.writeInt32BE(value);
  return bytes;
}

function text(value: string): Buffer {
  return buffer(Buffer.from(value));
}

function buffer(value: Buffer): Buffer {
  return Buffer.concat([int(value.length), value]);
}
