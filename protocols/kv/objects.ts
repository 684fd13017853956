import { invariant } from "../../actors/errors.ts";
import type { Execution, ObjectMachine, Objects, ObjectVisitor } from "../object_machine.ts";
import { decodeCommand, isPlainPut } from "./command_codec.ts";
import { execute } from "./execution.ts";
import type { KeyRange } from "../key_range.ts";
import { decodeState, encodeState } from "./key_state.ts";
import { type KvStoreOptions, Limits } from "./limits.ts";
import { mergeResults } from "./merge.ts";
import { decodeQuery } from "./query_codec.ts";
import { encodeQueryResult, encodeRead } from "./query_result_codec.ts";
import { encodeResult } from "./result_codec.ts";
import { type Keys, type KeyVisitor, runScan } from "./scan.ts";
import type { Scan } from "./query_types.ts";
import { SCAN_LIMIT_DEFAULT } from "./types.ts";

/**
 * The key-value store for replicas that agree on keys one by one. It takes the commands and queries of
 * `KvStore` and answers as that does, but for revisions: they count the writes of a key, not those of all
 * of them, so that only those of the same key can be compared. In a page or a count, the revision is the
 * greatest of all.
 *
 * A put without a condition may be overtaken by others of the same time. What it tells of the key's
 * `version` and `createRevision` is then what followed from the state that it began from.
 */
export class KvObjects implements ObjectMachine {
  readonly #limits: Limits;

  /**
   * Takes the limits of keys and values.
   *
   * @throws {TroupeError} `bad_option` for a limit out of bounds.
   */
  constructor(options: KvStoreOptions = {}) {
    this.#limits = new Limits(options);
  }

  /** The key that a command is about. */
  commandObject(command: Uint8Array): string | undefined {
    const decoded = decodeCommand(command);
    return "key" in decoded ? decoded.key : undefined;
  }

  /** The key that a query is about; `undefined` for those about many. */
  queryObject(query: Uint8Array): string | undefined {
    const decoded = decodeQuery(query);
    return decoded.type === "get" ? decoded.key : undefined;
  }

  /** What to answer to bytes that are no command; a batch is one, but of several keys. */
  refuse(command: Uint8Array): Uint8Array | undefined {
    const decoded = decodeCommand(command);
    return decoded.type === "malformed" ? encodeResult({ ...decoded, revision: 0 }) : undefined;
  }

  /** All but puts without a condition: a delete, too, answers whether the key was there. */
  isReadModifyWrite(command: Uint8Array): boolean {
    return !isPlainPut(command);
  }

  /** Executes a command on its key. */
  execute(
    command: Uint8Array,
    before: Uint8Array | null,
    modRevision: number,
    revision: number,
  ): Execution {
    const decoded = decodeCommand(command);
    invariant("key" in decoded, "what is executed is a command on a key");
    const refused = this.#limits.refuse(decoded, modRevision);
    if (refused !== undefined) return { result: encodeResult(refused), after: undefined };
    const state = before === null ? undefined : decodeState(before, modRevision);
    const { result, after } = execute(decoded, { state, revision: modRevision, next: revision });
    return { result: encodeResult(result), after: after && encodeState(after) };
  }

  /** Answers a `get`: there is no other query about one key. */
  answer(_query: Uint8Array, state: Uint8Array | null, revision: number): Uint8Array {
    return encodeRead(state === null ? undefined : decodeState(state, revision), revision);
  }

  /** Answers a scan or a `size`; the latter counts what is written at present, as it may become. */
  answerAll(query: Uint8Array, objects: Objects): Uint8Array | readonly string[] {
    const { revision, size } = objects;
    const decoded = decodeQuery(query);
    switch (decoded.type) {
      case "malformed":
        return encodeQueryResult({ ...decoded, revision });
      case "size":
        return encodeQueryResult({ type: "count", revision, count: size });
      case "get":
        invariant(false, "a query about several keys is no get");
        break;
      case "scan":
        return answerScan(decoded, objects);
    }
  }

  /** Makes one answer of those of several stores, each of which has a share of the keys. */
  mergeResults(query: Uint8Array, results: readonly Uint8Array[]): Uint8Array {
    return mergeResults(query, results, Math.max);
  }
}

function answerScan(scan: Scan, objects: Objects): Uint8Array | readonly string[] {
  const isCount = scan.countOnly === true;
  const keys = new SettledKeys(objects, isCount ? Infinity : scan.limit ?? SCAN_LIMIT_DEFAULT);
  const answer = runScan(keys, scan, objects.revision);
  return keys.unsettled.length > 0 ? keys.unsettled : answer;
}

/** Those keys that can be read, and the names of those that were come across and cannot. */
class SettledKeys implements Keys {
  readonly unsettled: string[] = [];
  readonly #objects: Objects;
  readonly #limit: number;
  #seen = 0;

  /** Looks no further once so many were seen: these, or those that they become, fill a page. */
  constructor(objects: Objects, limit: number) {
    this.#objects = objects;
    this.#limit = limit;
  }

  /** Takes time for each key of the range: which of them exist is not known beforehand. */
  count(range: KeyRange): number {
    let count = 0;
    this.ascend(range, () => {
      count++;
      return true;
    });
    return count;
  }

  ascend(range: KeyRange, visit: KeyVisitor): void {
    this.#objects.ascend(range, (sortable, object) => this.#see(sortable, object, visit));
  }

  descend(range: KeyRange, visit: KeyVisitor): void {
    this.#objects.descend(range, (sortable, object) => this.#see(sortable, object, visit));
  }

  #see(sortable: string, object: Parameters<ObjectVisitor>[1], visit: KeyVisitor): boolean {
    this.#seen++;
    if (object !== "unsettled") {
      return visit(sortable, decodeState(object.state, object.revision)) && !this.#isFull();
    }
    this.unsettled.push(sortable);
    return !this.#isFull();
  }

  #isFull(): boolean {
    // One beyond a page tells that there is another page.
    return this.unsettled.length > 0 && this.#seen > this.#limit;
  }
}
