import type { KeyRange } from "../key_range.ts";
import { resultReply } from "../client_messages.ts";
import type { Objects, ObjectVisitor, StoredObject } from "../object_machine.ts";
import type { ObjectRecord } from "./objects.ts";
import { type Read, release, type Waiter, waitFor } from "./reads.ts";
import type { HermesReplica } from "./replica.ts";

/**
 * A read of many objects. Those that are being written are waited for, and remembered as they are when
 * they become valid, until all that the answer depends on have been seen; so no object is waited for twice,
 * however often it is written.
 *
 * What is guaranteed: each object is read linearizably, at some moment between the request and the answer.
 * A page whose objects were all valid at once is a snapshot of them; others need not be, since nothing in
 * Hermes orders updates of one object before those of another. Objects are counted without waiting.
 */
export class Scan implements Waiter, Objects {
  readonly read: Read;
  readonly #replica: HermesReplica;
  /** What was waited for, as it was then; `null` if it was absent. */
  readonly #seen = new Map<string, StoredObject | null>();
  /** How many objects are waited for. */
  #missing = 0;

  constructor(replica: HermesReplica, read: Read) {
    this.#replica = replica;
    this.read = read;
  }

  get revision(): number {
    return this.#replica.objects.revision;
  }

  get size(): number {
    return this.#replica.objects.existing;
  }

  /** Answers, or waits for what is in the way. */
  run(): void {
    const { options, objects } = this.#replica;
    const answer = options.machine.answerAll(this.read.query, this);
    if (answer instanceof Uint8Array) {
      return release(this.#replica, this.read, resultReply(this.revision, answer));
    }
    const records = answer.map((sortable) => objects.getSortable(sortable)!);
    this.#missing = records.length;
    waitFor(this.#replica, this, records);
  }

  wake({ sortable, bytes, revision }: ObjectRecord): void {
    this.#seen.set(sortable, bytes === null ? null : { state: bytes.slice(), revision });
    if (--this.#missing === 0) this.run();
  }

  ascend(range: KeyRange, visit: ObjectVisitor): void {
    this.#replica.objects.ascend(range, (sortable, record) => this.#see(sortable, record, visit));
  }

  descend(range: KeyRange, visit: ObjectVisitor): void {
    this.#replica.objects.descend(range, (sortable, record) => this.#see(sortable, record, visit));
  }

  #see(sortable: string, record: ObjectRecord, visit: ObjectVisitor): boolean {
    if (!record.isVisible) return true;
    const seen = this.#seen.get(sortable);
    if (seen === null) return true;
    if (seen !== undefined) return visit(sortable, seen);
    if (!record.isValid) return visit(sortable, "unsettled");
    const { bytes: state, revision } = record;
    return state === null ? true : visit(sortable, { state, revision });
  }
}
