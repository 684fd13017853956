import { crc32 } from "node:zlib";
import { toError } from "../actors/errors.ts";
import type { ClientReply } from "../protocols/client_messages.ts";
import type { OrderingEvent } from "../protocols/ordering.ts";
import { objectsChanged } from "../protocols/objects_changed.ts";
import type { StateMachine } from "../protocols/state_machine.ts";
import type { AppliedCommand, MachineWatch } from "./machine.ts";
import { Model, type ModelCommand } from "./model.ts";
import type { Question, ReadQuestion, Referee, RequestId } from "./referee.ts";

type Execute = Extract<OrderingEvent, { type: "execute" }>;
type Result = Extract<ClientReply, { type: "result" }>;

/** Entries with commands after which it is tried whether a snapshot restores the state. */
const RESTORED_EVERY = 16;
/** By how much a node may misjudge an age: its clock drifts. */
const AGE_TOLERANCE = 0.02;

/** An entry of the one history. */
interface ModelEntry {
  readonly time: number;
  /** When the first replica took it to be committed, in milliseconds of virtual time. */
  readonly at: number;
  /** The objects that it changes; `undefined` if it may have changed any. */
  readonly objects: ReadonlySet<string> | undefined;
  readonly checksum: number;
  readonly commands: readonly ModelCommand[];
}

/** Says what is wrong with a state, if anything. */
export type Invariant = (machine: StateMachine) => string | undefined;

/** What an oracle is told besides. */
export interface OracleOptions {
  /**
   * Where what is wrong is written down.
   *
   * @default {an empty list}
   */
  readonly violations?: string[];
  /**
   * What the log is called.
   *
   * @default {""} there is only one
   */
  readonly name?: string;
  /**
   * Whether a read may be answered from a state that lacks changes of other objects.
   *
   * @default {false}
   */
  readonly readsByObject?: boolean;
  /**
   * What must hold of the state after every command, and not only after every entry.
   *
   * @default {() => undefined}
   */
  readonly everyCommand?: Invariant;
  /**
   * Sessions kept, for a log whose sessions are opened in another one.
   *
   * @default {undefined} they are opened here
   */
  readonly adoptedSessionsMax?: number | undefined;
}

/**
 * What must hold of a replicated state machine, watched from outside at every step: there is one
 * history of entries, and only its end grows; every replica executes it in order, each request once,
 * with the results of a model; and answers agree with it, in real time.
 */
export class Oracle implements Referee {
  readonly violations: string[];
  /** Whether a read may be answered from a state that lacks changes of other objects. */
  readonly readsByObject: boolean;
  readonly #name: string;
  readonly #every: Invariant;
  readonly #now: () => number;
  readonly #model: Model;
  readonly #invariant: Invariant;
  /** Entry n is at n - 1. */
  readonly #history: ModelEntry[] = [];
  /** Entries after which a snapshot of that digest was taken. */
  readonly #snapshots = new Map<string, Set<number>>();
  readonly #digests = new Map<number, string>();
  /** Entries that hold commands, ascending. */
  readonly #busy: number[] = [];
  #answered = 0;

  /**
   * @param machine Makes state machines like those of the replicas, in their initial state.
   * @param invariant What must hold of the state after every entry.
   */
  constructor(
    machine: () => StateMachine,
    now: () => number,
    invariant: Invariant = () => undefined,
    options: OracleOptions = {},
  ) {
    const { violations = [], name = "", readsByObject = false, adoptedSessionsMax } = options;
    this.violations = violations;
    this.readsByObject = readsByObject;
    this.#name = name;
    this.#every = options.everyCommand ?? (() => undefined);
    this.#model = new Model(machine, adoptedSessionsMax);
    this.#now = now;
    this.#invariant = invariant;
  }

  /** Entries of the history. */
  get length(): number {
    return this.#history.length;
  }

  /** The highest op-number that any client has seen in an answer. */
  get answered(): number {
    return this.#answered;
  }

  /** The hash of the model's state after the whole history. */
  digest(): string {
    return this.#model.digest();
  }

  /** Something is wrong. */
  fail(what: string): void {
    const where = this.#name === "" ? "" : `${this.#name}: `;
    this.violations.push(`${this.#now().toFixed(3)} ms: ${where}${what}`);
  }

  /** Asks somebody else what is wrong, who may also throw it. */
  judge(where: string, what: () => string | undefined): void {
    try {
      const wrong = what();
      if (wrong !== undefined) this.fail(`${where}: ${wrong}`);
    } catch (error) {
      this.fail(`${where}: ${toError(error).message}`);
    }
  }

  /** A replica hands an entry to its client table: it holds it to be committed. */
  committed(replica: number, entry: Execute): void {
    const { opNumber, time, requests } = entry;
    const known = this.#history[opNumber - 1];
    const checksum = checksumOf(entry);
    if (known !== undefined) {
      if (known.checksum === checksum && known.time === time) return;
      return this.fail(`replica ${replica} commits another entry as ${opNumber} than others did`);
    }
    if (opNumber !== this.#history.length + 1) {
      return this.fail(`replica ${replica} commits ${opNumber} after ${this.#history.length}`);
    }
    if (time < (this.#history.at(-1)?.time ?? 0)) this.fail(`time goes back at ${opNumber}`);
    const judged = () => this.judge(`in entry ${opNumber}`, () => this.#every(this.#model.machine));
    const commands = this.#model.execute(opNumber, time, requests, judged);
    this.#history.push({
      time,
      at: this.#now(),
      objects: this.#objectsOf(commands),
      checksum,
      commands,
    });
    if (commands.length === 0) return;
    this.#busy.push(opNumber);
    this.judge(`after entry ${opNumber}`, () => this.#invariant(this.#model.machine));
    if (this.#busy.length % RESTORED_EVERY > 0 || this.#model.isRestorable()) return;
    this.fail(`after entry ${opNumber}: a snapshot restores another state than it was taken of`);
  }

  /** Watches the state machine of one incarnation of a replica's client table. */
  watch(replica: number): MachineWatch {
    let restoredFrom: ReadonlySet<number> = new Set([0]);
    return {
      applied: (step) => this.#checkApplied(replica, step, restoredFrom),
      snapshotTaken: (op, digest) => this.#checkSnapshot(replica, op, digest),
      restored: (digest) => {
        restoredFrom = this.#snapshots.get(digest) ?? new Set();
        if (restoredFrom.size > 0) return;
        this.fail(`replica ${replica} restores a state that no replica ever had`);
      },
    };
  }

  /** A client was answered: what it was told must be in the history, and not older than its question. */
  checkWrite(question: Question, id: RequestId, reply: Result) {
    const key = `${id.clientId}/${id.requestNumber}`;
    const executed = this.#model.execution(key);
    const { client, floor } = question;
    this.#seen(reply.opNumber);
    if (executed === undefined) {
      return this.fail(`client ${client}: request ${key} is acknowledged and was never executed`);
    }
    if (executed.op !== reply.opNumber || !equal(executed.result, reply.result)) {
      this.fail(`client ${client}: the answer to request ${key} is not what its execution gave`);
    }
    if (reply.opNumber <= floor) {
      this.fail(`client ${client}: request ${key} is at ${reply.opNumber}, not after ${floor}`);
    }
  }

  /** A client was given a session: it must be the one that was opened there. */
  checkSession({ client }: Question, clientId: number, opNumber: number): void {
    const openedAt = this.#model.sessions.openedAt(clientId);
    if (openedAt === opNumber) return;
    this.fail(`client ${client}: session ${clientId} was opened at ${openedAt}, not ${opNumber}`);
  }

  /** A client was told that its session is gone: it must have been evicted. */
  checkEvicted({ client }: Question, clientId: number): void {
    if (!this.#model.sessions.has(clientId)) return;
    this.fail(
      `client ${client}: session ${clientId} is said to be gone, and nobody has evicted it`,
    );
  }

  /** A client has read: it must see a state that there was, and an old one only if that will do. */
  checkRead(question: ReadQuestion, reply: Result): void {
    const { client, floor, query, isStale, bound } = question;
    const { opNumber } = reply;
    if (opNumber > this.#history.length) {
      return this.fail(`client ${client}: a read sees ${opNumber}, which is not committed`);
    }
    if (!equal(this.#model.answer(opNumber, query), reply.result)) {
      this.fail(`client ${client}: a read at ${opNumber} is not what the model answers there`);
    }
    if (isStale) return;
    if (bound !== undefined) return this.#checkBound(question, bound, opNumber);
    if (opNumber < floor && this.#changes(query, opNumber, floor).length > 0) {
      this.fail(`client ${client}: a read sees ${opNumber}, though ${floor} had been seen`);
    }
    this.#seen(opNumber);
  }

  /** Of the entries after one and up to another, those that may matter to a query. */
  #changes(query: Uint8Array, after: number, last: number): readonly ModelEntry[] {
    const entries = this.#history.slice(after, last);
    const object = this.#model.machine.queryObject?.(query);
    if (!this.readsByObject) return entries;
    const matters = ({ objects }: ModelEntry) =>
      object === undefined ? objects?.size !== 0 : objects?.has(object) ?? true;
    return entries.filter(matters);
  }

  /** An answer within a bound lacks no more than so many changes, and none that is older. */
  #checkBound(
    { client, floor, query }: ReadQuestion,
    { ageMs, versions, calledAt }: NonNullable<ReadQuestion["bound"]>,
    opNumber: number,
  ): void {
    const lacking = this.#changes(query, opNumber, floor);
    if (versions !== null && lacking.length > versions) {
      this.fail(`client ${client}: a read lacks ${lacking.length} versions, not ${versions}`);
    }
    const age = calledAt - (this.#changes(query, opNumber, Infinity)[0]?.at ?? Infinity);
    if (ageMs !== null && age > ageMs * (1 + AGE_TOLERANCE) + 1) {
      this.fail(`client ${client}: a read is ${age.toFixed(0)} ms old, not ${ageMs}`);
    }
  }

  #objectsOf(commands: readonly ModelCommand[]): ReadonlySet<string> | undefined {
    const { machine } = this.#model;
    const objects = commands.map(({ command }) => objectsChanged(machine, command));
    return objects.includes(undefined) ? undefined : new Set(objects.flatMap((each) => each!));
  }

  #seen(op: number): void {
    this.#answered = Math.max(this.#answered, op);
  }

  #checkApplied(replica: number, step: AppliedCommand, restored: ReadonlySet<number>): void {
    const { op, place, before, command, result } = step;
    const expected = this.#history[op - 1]?.commands[place];
    if (expected === undefined || !equal(expected.command, command)) {
      return this.fail(`replica ${replica} executes what is not command ${place} of entry ${op}`);
    }
    if (!equal(expected.result, result)) {
      this.fail(`replica ${replica} has another state than the model at entry ${op}`);
    }
    if (place > 0) return;
    // Nothing may be left out in between.
    const previous = this.#busyBefore(op);
    const isNext = before === undefined
      ? [...restored].some((from) => from >= previous && from < op)
      : before === previous;
    if (!isNext) {
      this.fail(`replica ${replica} executes entry ${op} after ${before ?? "a snapshot"}`);
    }
  }

  #checkSnapshot(replica: number, op: number, digest: string): void {
    const known = this.#digests.get(op);
    if (known !== undefined && known !== digest) {
      this.fail(`replica ${replica} has another state than others after entry ${op}`);
    }
    this.#digests.set(op, digest);
    const ops = this.#snapshots.get(digest) ?? new Set();
    ops.add(op);
    this.#snapshots.set(digest, ops);
  }

  /** The last entry with commands before an op-number; 0 if there is none. */
  #busyBefore(op: number): number {
    let low = 0;
    let high = this.#busy.length;
    while (low < high) {
      const middle = (low + high) >> 1;
      if (this.#busy[middle]! < op) low = middle + 1;
      else high = middle;
    }
    return this.#busy[low - 1] ?? 0;
  }
}

function checksumOf({ requests }: Execute): number {
  return requests.reduce((sum, bytes) => crc32(bytes, (sum ^ bytes.length) >>> 0), 0);
}

function equal(a: Uint8Array, b: Uint8Array): boolean {
  if (a.length !== b.length) return false;
  for (let index = 0; index < a.length; index++) {
    if (a[index] !== b[index]) return false;
  }
  return true;
}
