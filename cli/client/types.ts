import type { Consistency, NodeStatus, RequestId } from "../../transport/service.ts";
import type { TroupeError } from "../../actors/errors.ts";

/** A key and its revisions. */
export interface KeyInfo {
  /** The key itself. */
  readonly key: string;
  /** The revision of the store that created the key. */
  readonly createRevision: number;
  /** The revision of the store that last modified the key. */
  readonly modRevision: number;
  /** How often the key was written since it was created, from 1. */
  readonly version: number;
}

/** A key with its value. */
export class Entry implements KeyInfo {
  /** The key itself. */
  readonly key: string;
  /** The value. */
  readonly value: Uint8Array;
  /** The revision of the store that created the key. */
  readonly createRevision: number;
  /** The revision of the store that last modified the key. */
  readonly modRevision: number;
  /** How often the key was written since it was created, from 1. */
  readonly version: number;

  /** Puts a key, its revisions and its value together. */
  constructor(info: KeyInfo, value: Uint8Array) {
    this.key = info.key;
    this.value = value;
    this.createRevision = info.createRevision;
    this.modRevision = info.modRevision;
    this.version = info.version;
  }

  /**
   * The value as text.
   *
   * @throws {TypeError} if it is not UTF-8.
   */
  text(): string {
    return new TextDecoder("utf-8", { fatal: true, ignoreBOM: true }).decode(this.value);
  }
}

/** Options of every call. */
export interface CallOptions {
  /**
   * How long to try before giving up, in milliseconds.
   *
   * @default {the client's own}
   */
  readonly timeoutMs?: number;
  /**
   * Gives up when it fires. The call then throws the signal's reason, except a write that was sent
   * already: that throws `UnknownOutcome`, with the reason as its cause.
   */
  readonly signal?: AbortSignal;
}

/** Options of a read. */
export interface ReadOptions extends CallOptions {
  /**
   * `stale` lets any node answer from what it has executed so far; `bounded` does, too, as far as that is
   * no more out of date than `maxAgeMs` and `maxVersions` allow.
   *
   * @default {"linearizable"}
   */
  readonly consistency?: Consistency;
  /** With `bounded`: for how long the answer may have been out of date, in milliseconds. */
  readonly maxAgeMs?: number;
  /** With `bounded`: by how many updates of the object the answer may be out of date. */
  readonly maxVersions?: number;
}

/** What must be the case for a write to take place. */
export type Expected =
  | { readonly revision: number }
  | { readonly value: string | Uint8Array }
  | { readonly absent: true }
  | { readonly present: true };

/** Options of a write. */
export interface WriteOptions extends CallOptions {
  /**
   * The ids of an earlier attempt whose outcome is unknown, to repeat it: if it was executed, its
   * result is returned; if not, it is executed now. Without it the client numbers its own requests.
   */
  readonly id?: RequestId;
}

/** Options of a write that may have a condition. */
export interface ConditionalOptions extends WriteOptions {
  /** Without it the write is unconditional. */
  readonly expected?: Expected;
}

/** What a write left. */
export interface Written extends KeyInfo {
  /** Whether the key did not exist before. */
  readonly created: boolean;
}

/** What a deletion did. */
export interface Deleted {
  /** Whether there was something to delete. */
  readonly deleted: boolean;
  /** The revision of the store after it. */
  readonly revision: number;
}

/** What an increment left. */
export interface Incremented {
  /** The number after the increment. */
  readonly value: bigint;
  /** The revision of the store after it. */
  readonly revision: number;
}

/** Which keys a scan visits, and how. */
export interface ScanOptions extends ReadOptions {
  /** Only keys that begin so. Not together with `start` and `end`. */
  readonly prefix?: string;
  /** The first key, included. */
  readonly start?: string;
  /** The last key, excluded. */
  readonly end?: string;
  /** From the last key to the first. @default {false} */
  readonly reverse?: boolean;
  /** Ends after so many keys. @default {Infinity} */
  readonly limit?: number;
  /** Keys fetched at a time, 1 to 1000. @default {100} */
  readonly pageSize?: number;
}

/** One node as a survey of the cluster found it. */
export type NodeReport = NodeReached | NodeUnreachable;

/** A node that answered. */
export interface NodeReached {
  /** The base address at which it answered. */
  readonly endpoint: string;
  /** Its index. */
  readonly node: number;
  /** What it says. */
  readonly status: NodeStatus;
}

/** A node, or an endpoint, that did not answer. */
export interface NodeUnreachable {
  /** The base address that was tried. */
  readonly endpoint: string;
  /** Its index, `null` if no other node knows the address. */
  readonly node: number | null;
  /** Nothing is known. */
  readonly status: null;
  /** Why not. */
  readonly error: TroupeError;
}
