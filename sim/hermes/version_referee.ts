import { toError } from "../../actors/errors.ts";
import type { ClientReply, StalenessBound } from "../../protocols/client_messages.ts";
import type { ObjectMachine } from "../../protocols/object_machine.ts";
import type { Question, ReadQuestion, Referee, RequestId, WriteQuestion } from "../referee.ts";
import type { VersionWatch } from "./version_watch.ts";
import type { KnownUpdate } from "./versions.ts";

type Result = Extract<ClientReply, { type: "result" }>;

/** By how much a node may misjudge an age: its clock drifts. */
const AGE_TOLERANCE = 0.02;
/** Nobody has written the object yet. */
const NEVER: Pick<KnownUpdate, "revision"> & { readonly update: { readonly state: null } } = {
  revision: 0,
  update: { state: null },
};

/** A committed state of an object that a client was shown. */
export interface SeenObject {
  readonly object: string;
  readonly revision: number;
}

/** What the referee of a volume needs of the world. */
export interface VersionRefereeOptions {
  readonly watch: VersionWatch;
  /** Executes what was executed a second time. */
  readonly machine: ObjectMachine;
  /** Sessions that replicas remember. */
  readonly sessionsMax: number;
  readonly violations: string[];
  readonly now: () => number;
  /** What the volume is called. */
  readonly name: string;
  /** What an answer about several objects shows of them; or what is wrong with it. */
  readonly page: (result: Uint8Array) => readonly SeenObject[] | string;
}

/** When clients had seen an object in a state. */
interface Sight {
  /** Counts answers. */
  readonly at: number;
  readonly revision: number;
}

/**
 * Knows what clients of a volume may be told: of an object, what one of its committed updates made of it, and
 * in real time none that is older than what was told before the question was asked; of a request, what its
 * only execution gave.
 */
export class VersionReferee implements Referee {
  readonly readsByObject = true;
  readonly #options: VersionRefereeOptions;
  /** By object: what was seen, each time that it was something newer. */
  readonly #sights = new Map<string, Sight[]>();
  readonly #sessions = new Set<number>();
  #answered = 0;

  constructor(options: VersionRefereeOptions) {
    this.#options = options;
  }

  /** How many answers clients were given. */
  get answered(): number {
    return this.#answered;
  }

  fail(what: string): void {
    const { now, name, violations } = this.#options;
    const where = name === "" ? "" : `${name}: `;
    violations.push(`${now().toFixed(3)} ms: ${where}${what}`);
  }

  judge(where: string, what: () => string | undefined): void {
    try {
      const wrong = what();
      if (wrong !== undefined) this.fail(`${where}: ${wrong}`);
    } catch (error) {
      this.fail(`${where}: ${toError(error).message}`);
    }
  }

  checkWrite(question: WriteQuestion, id: RequestId, reply: Result): void {
    const { machine, watch } = this.#options;
    const { client, floor, command } = question;
    const { opNumber: revision } = reply;
    const object = machine.commandObject(command);
    if (object === undefined) return;
    const attempts = watch.versions.attempts(id.clientId, id.requestNumber)
      .filter((each) => each.update.object === object && each.revision === revision);
    // Only of committed updates each has a revision of its own.
    const executed = attempts.find((each) => each.committedAt !== undefined) ?? attempts.at(-1);
    if (executed === undefined) return this.#checkUnchanged(question, object, reply);
    const where = `client ${client}: request ${id.clientId}/${id.requestNumber}`;
    this.#checkExecution(where, executed, command, reply);
    const before = this.#seenBefore(object, floor);
    if (revision <= before) this.fail(`${where} is at ${revision}, not after ${before}`);
    watch.told(client, object, executed.update.ts);
    this.#see(object, revision);
  }

  checkRead(question: ReadQuestion, reply: Result): void {
    const { machine, page } = this.#options;
    const { query, client } = question;
    const object = machine.queryObject(query);
    if (object !== undefined) return this.#checkObject(question, object, reply);
    this.judge(`client ${client}`, () => {
      const shown = page(reply.result);
      if (typeof shown === "string") return shown;
      for (const seen of shown) this.#checkSeen(question, seen);
      return undefined;
    });
  }

  /** No id is given out twice. */
  checkSession({ client }: Question, clientId: number): void {
    if (this.#sessions.has(clientId)) {
      this.fail(`client ${client}: session ${clientId} was given to another one before`);
    }
    this.#sessions.add(clientId);
  }

  /** Nobody is evicted while there is room for all who have ever asked. */
  checkEvicted({ client }: Question, clientId: number): void {
    const { watch, sessionsMax } = this.#options;
    if (watch.versions.clients > sessionsMax) return;
    this.fail(
      `client ${client}: session ${clientId} is said to be gone, and nobody has evicted it`,
    );
  }

  /** What was executed gives what it gives, from the state that it began from. */
  #checkExecution(where: string, executed: KnownUpdate, command: Uint8Array, reply: Result): void {
    const { machine, watch } = this.#options;
    const { update, revision } = executed;
    const base = watch.versions.get(update.object, update.base) ?? NEVER;
    const { result, after } = machine.execute(
      command,
      base.update.state,
      base.revision,
      revision,
    );
    if (!equal(result, reply.result)) this.fail(`${where} is not told what its execution gave`);
    const isSame = after !== undefined &&
      (after === null || update.state === null
        ? after === update.state
        : equal(after, update.state));
    if (!isSame) this.fail(`${where} has another outcome than its execution has`);
  }

  /** What changes nothing is a read: of a committed state in which it does change nothing. */
  #checkUnchanged(question: WriteQuestion, object: string, reply: Result): void {
    const { machine } = this.#options;
    const { client, command } = question;
    const found = this.#checkSeen({ ...question, isStale: false }, {
      object,
      revision: reply.opNumber,
    });
    if (found === undefined) return;
    const { result, after } = machine.execute(
      command,
      found.update.state,
      found.revision,
      found.revision + 1,
    );
    if (after === undefined && equal(result, reply.result)) return;
    this.fail(`client ${client}: what is acknowledged at ${reply.opNumber} was never executed`);
  }

  #checkObject(question: ReadQuestion, object: string, reply: Result): void {
    const found = this.#checkSeen(question, { object, revision: reply.opNumber });
    if (found === undefined) return;
    const expected = this.#options.machine.answer(
      question.query,
      found.update.state,
      found.revision,
    );
    if (equal(expected, reply.result)) return;
    this.fail(
      `client ${question.client}: a read at ${reply.opNumber} is not what the object was then`,
    );
  }

  /** A client was shown an object: in a committed state, and not an old one; returns the state. */
  #checkSeen(
    { client, floor, isStale, bound }: Omit<ReadQuestion, "query">,
    { object, revision }: SeenObject,
  ): KnownUpdate | typeof NEVER | undefined {
    const { watch } = this.#options;
    const found = revision === 0 ? NEVER : watch.versions.ofRevision(object, revision)[0];
    if (found === undefined) {
      this.fail(
        `client ${client} sees ${JSON.stringify(object)} at ${revision}, where it never was`,
      );
      return undefined;
    }
    if ("committedAt" in found) watch.told(client, object, found.update.ts);
    if (isStale) return found;
    if (bound !== undefined) {
      this.#checkBound({ client, floor }, bound, { object, revision });
      return found;
    }
    const before = this.#seenBefore(object, floor);
    if (revision < before) {
      const what = JSON.stringify(object);
      this.fail(`client ${client} sees ${what} at ${revision}, though ${before} had been seen`);
    }
    this.#see(object, revision);
    return found;
  }

  /** An answer within a bound lacks no more than so many changes, and none that is older. */
  #checkBound(
    { client, floor }: Question,
    { ageMs, versions, calledAt }: StalenessBound & { readonly calledAt: number },
    { object, revision }: SeenObject,
  ): void {
    const before = this.#seenBefore(object, floor);
    const newer = this.#options.watch.versions.committedOf(object)
      .filter((each) => each.revision > revision);
    const lacking = newer.filter((each) => each.revision <= before).length;
    if (versions !== null && lacking > versions) {
      this.fail(`client ${client}: a read lacks ${lacking} versions, not ${versions}`);
    }
    const age = calledAt - Math.min(Infinity, ...newer.map((each) => each.committedAt!));
    if (ageMs !== null && age > ageMs * (1 + AGE_TOLERANCE) + 1) {
      this.fail(`client ${client}: a read is ${age.toFixed(0)} ms old, not ${ageMs}`);
    }
  }

  /** The greatest revision of an object that any client had seen when so many answers had been given. */
  #seenBefore(object: string, floor: number): number {
    return this.#sights.get(object)?.findLast(({ at }) => at <= floor)?.revision ?? 0;
  }

  #see(object: string, revision: number): void {
    this.#answered++;
    const sights = this.#sights.get(object) ?? [];
    this.#sights.set(object, sights);
    if (revision > (sights.at(-1)?.revision ?? 0)) sights.push({ at: this.#answered, revision });
  }
}

function equal(a: Uint8Array, b: Uint8Array): boolean {
  return a.length === b.length && a.every((byte, index) => byte === b[index]);
}
