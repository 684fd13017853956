/**
 * What a replica knows of the entries that it has not handed to execution yet: since when it has them,
 * whom the tail is to answer, and which objects they make dirty (CRAQ 2.3).
 *
 * @module
 */
import { TransientMap } from "../../actors/transient.ts";
import type { Entry } from "../entry.ts";
import { requestsOf } from "../entry.ts";
import type { Log } from "../log.ts";
import type { OwedReply } from "../ordering.ts";
import { decodeRequest } from "../request.ts";
import type { ChainOptions } from "./options.ts";

/** The commands that touch something, and how long ago the first of them may have been committed. */
export interface Dirt {
  readonly commands: number;
  /** No command of them was committed before; `Infinity` if there is none. */
  readonly since: number;
}

/** How many commands of an entry change which object. */
interface Touched {
  commands: number;
  /** Those of which it is not known what they change. */
  unknown: number;
  readonly byObject: Map<string, number>;
}

interface Pending {
  readonly arrivedAt: number;
  owed: readonly OwedReply[];
  touched?: Touched;
}

/** Beyond so many entries the objects are not looked up any more: everything counts as dirty. */
const LOOKED_UP_MAX = 1_024;
const ALL_DIRTY: Dirt = { commands: Infinity, since: -Infinity };

/** The entries of the log that are not executed. */
export class PendingEntries {
  readonly #objectsChanged: ChainOptions["objectsChanged"];
  readonly #entries = new TransientMap<number, Pending>();

  constructor(objectsChanged: ChainOptions["objectsChanged"]) {
    this.#objectsChanged = objectsChanged;
  }

  /** Notes an entry that came in at that time; `-Infinity` if it may have been committed before. */
  add(opNumber: number, owed: readonly OwedReply[], arrivedAt: number): void {
    this.#entries.set(opNumber, { arrivedAt, owed });
  }

  /** Whom the tail is to answer for an entry. */
  owedOf(opNumber: number): readonly OwedReply[] {
    return this.#entries.get(opNumber)?.owed ?? [];
  }

  /** Another replica has answered for an entry. */
  settle(opNumber: number): void {
    const pending = this.#entries.get(opNumber);
    if (pending !== undefined) pending.owed = [];
  }

  /** An entry is handed to execution. */
  forget(opNumber: number): void {
    this.#entries.delete(opNumber);
  }

  /** The log ends earlier now, or starts later. */
  clearOutside(first: number, last: number): void {
    for (const opNumber of this.#entries.keys()) {
      if (opNumber < first || opNumber > last) this.#entries.delete(opNumber);
    }
  }

  /** What the entries of a log after `executed` do to an object; to any, if none is named. */
  dirtOf(log: Log, executed: number, object: string | undefined): Dirt {
    if (log.opNumber - executed > LOOKED_UP_MAX) return ALL_DIRTY;
    let commands = 0;
    let since = Infinity;
    for (let opNumber = executed + 1; opNumber <= log.opNumber; opNumber++) {
      const pending = this.#find(opNumber);
      const touched = pending.touched ??= this.#touchedBy(log.get(opNumber)!);
      const count = object === undefined
        ? touched.commands
        : touched.unknown + (touched.byObject.get(object) ?? 0);
      if (count === 0) continue;
      commands += count;
      since = Math.min(since, pending.arrivedAt);
    }
    return { commands, since };
  }

  /** What was on the disk at the start may have been committed at any time. */
  #find(opNumber: number): Pending {
    let pending = this.#entries.get(opNumber);
    if (pending === undefined) {
      this.#entries.set(opNumber, pending = { arrivedAt: -Infinity, owed: [] });
    }
    return pending;
  }

  #touchedBy(entry: Entry): Touched {
    const touched: Touched = { commands: 0, unknown: 0, byObject: new Map() };
    for (const bytes of requestsOf(entry)) {
      const request = decodeRequest(bytes);
      // To open a session changes nothing that a query may tell.
      if (request?.type !== "command") continue;
      const objects = this.#objectsChanged?.(request.command);
      touched.commands += objects?.length ?? 1;
      if (objects === undefined) touched.unknown++;
      for (const object of objects ?? []) {
        touched.byObject.set(object, (touched.byObject.get(object) ?? 0) + 1);
      }
    }
    return touched;
  }
}
