import { Overloaded, Unavailable, UnknownOutcome } from "../client/errors.ts";
import { commutes, decide, type Decision, lineAfter } from "./decide.ts";
import { clipNote, type EntryOf, type OfflineOperation, type Policy } from "./entries.ts";
import type { OfflineLog } from "./log.ts";
import { type Ending, refusalIn, sendAttempt } from "./sending.ts";
import type { Done, SharedStore, Sight, StoreCalls } from "./shared_store.ts";
import { numberIn, sameBytes } from "./view.ts";

/** What is done where nobody can tell whether an operation was done. */
export type Unresolved = "stop" | "repeat" | "skip";

type Attempt = EntryOf<"attempt">;
type Write = Extract<Decision, { type: "write" }>;

/** How often others may come in between a look and the write that rests on it. */
const ROUNDS = 64;
const COPIES_MAX = 1_000;

/** Merges one operation after the other: looks, decides, notes what it is about to send, sends, notes the end. */
export class Merging {
  readonly #log: OfflineLog;
  readonly #store: SharedStore;
  readonly #options: { readonly policy: Policy; readonly unresolved: Unresolved };
  readonly #calls: StoreCalls;

  constructor(
    log: OfflineLog,
    store: SharedStore,
    options: { readonly policy: Policy; readonly unresolved: Unresolved },
    calls: StoreCalls,
  ) {
    this.#log = log;
    this.#store = store;
    this.#options = options;
    this.#calls = calls;
  }

  /** Merges an operation; returns why it did not. */
  async merge(operation: OfflineOperation): Promise<"conflict" | "unresolved" | undefined> {
    const { attempt } = this.#log.state;
    if (attempt?.number === operation.number) {
      const end = await this.#resume(operation, attempt);
      if (end !== "anew") return end;
    }
    for (let round = 0; round < ROUNDS; round++) {
      const end = await this.#try(operation);
      if (end !== "anew") return end;
    }
    throw new Unavailable(
      `Key ${
        JSON.stringify(operation.key)
      } was written by others ${ROUNDS} times between look and write`,
    );
  }

  /** Looks, decides and sends. */
  async #try(operation: OfflineOperation): Promise<"anew" | "conflict" | "unresolved" | undefined> {
    const { policy } = this.#options;
    const store = this.#store;
    const line = this.#log.lineOf(operation);
    let sight: Sight;
    try {
      sight = await this.#look(operation, line.target);
    } catch (error) {
      const why = refusalIn(error);
      if (why === undefined) throw error;
      return await this.#refuse(operation, line.target, why);
    }
    const decision = decide({ operation, line, sight, policy, store });
    switch (decision.type) {
      case "stop":
        return "conflict";
      case "settle": {
        const { outcome, line: after } = decision;
        return await this.#settle(operation, { outcome, line: after, note: "" }, sight);
      }
      case "copy": {
        const copy = await this.#freeKey(operation);
        const write = { type: "write", outcome: "kept_both", isBeside: false } as const;
        return await this.#send(operation, copy.key, copy.sight, { ...write, on: copy.sight.seen });
      }
      case "write":
        return await this.#send(operation, line.target, sight, decision);
    }
  }

  async #send(
    operation: OfflineOperation,
    target: string,
    sight: Sight,
    { on, outcome, isBeside }: Write,
  ): Promise<"anew" | "conflict" | "unresolved" | undefined> {
    const ids = await this.#nextIds();
    const attempt: Attempt = {
      type: "attempt",
      number: operation.number,
      ...ids,
      target,
      on: commutes(operation) && !isBeside ? sight.seen : on,
      before: this.#numberBefore(operation, sight),
      place: sight.place,
      outcome,
      isBeside,
    };
    await this.#log.append(attempt);
    const ending = await sendAttempt(this.#store, operation, attempt, this.#calls);
    if (ending.type === "forgotten" && !ending.maybeDone) {
      await this.#openSession();
      return "anew";
    }
    return await this.#end(operation, attempt, ending);
  }

  /** Goes on where a merge was interrupted: the request may have been sent, and executed. */
  async #resume(
    operation: OfflineOperation,
    attempt: Attempt,
  ): Promise<"anew" | "conflict" | "unresolved" | undefined> {
    let ending: Ending;
    try {
      ending = await sendAttempt(this.#store, operation, attempt, this.#calls);
    } catch (error) {
      const isSilent = error instanceof UnknownOutcome || error instanceof Unavailable ||
        error instanceof Overloaded;
      if (!isSilent || attempt.place === "") throw error;
      // Only one node knows the ids, and it does not answer.
      if (this.#options.unresolved === "stop") throw error;
      return await this.#resolve(operation, await this.#look(operation, attempt.target));
    }
    return await this.#end(operation, attempt, ending);
  }

  async #end(
    operation: OfflineOperation,
    attempt: Attempt,
    ending: Ending,
  ): Promise<"anew" | "conflict" | "unresolved" | undefined> {
    switch (ending.type) {
      case "done":
        return await this.#done(operation, attempt, ending.done);
      case "moved":
        return "anew";
      case "refused":
        return await this.#refuse(operation, attempt.target, ending.why);
      case "forgotten":
        return await this.#examine(operation, attempt);
    }
  }

  /** The ids are forgotten: what was done can only be told from what the key is. */
  async #examine(
    operation: OfflineOperation,
    attempt: Attempt,
  ): Promise<"anew" | "unresolved" | undefined> {
    await this.#openSession();
    const sight = await this.#look(operation, attempt.target);
    // Ids that are forgotten are refused: a request that was not done by now will never be.
    if (attempt.on !== null && this.#store.isSame(attempt.on, sight.seen)) return "anew";
    const { change } = operation;
    const isThere = change.type === "put"
      ? sight.view.type === "value" && sameBytes(sight.view.value, change.value)
      : change.type === "delete" && sight.view.type === "absent";
    if (!isThere) return await this.#resolve(operation, sight);
    const done = { seen: sight.seen, view: sight.view };
    return await this.#done(operation, attempt, done, "found in place");
  }

  /** Nobody can tell. */
  async #resolve(
    operation: OfflineOperation,
    sight: Sight,
  ): Promise<"anew" | "unresolved" | undefined> {
    const { unresolved } = this.#options;
    if (unresolved === "stop") return "unresolved";
    if (unresolved === "repeat") return "anew";
    const { target } = this.#log.lineOf(operation);
    const line = { type: "moved", target } as const;
    const note = "skipped: it may have been done by an interrupted merge, or not";
    return await this.#settle(operation, { outcome: "unresolved", line, note }, sight);
  }

  async #done(
    operation: OfflineOperation,
    attempt: Attempt,
    done: Done,
    note = "",
  ): Promise<undefined> {
    const line = lineAfter(operation, attempt, done);
    const { outcome } = attempt;
    const isPlain = operation.change.type === "put" || operation.change.type === "delete";
    const view = isPlain || attempt.isBeside ? null : done.view;
    const known = { seen: done.seen, view };
    await this.#settle(operation, { outcome, line, note }, known);
  }

  async #refuse(operation: OfflineOperation, target: string, why: string): Promise<undefined> {
    const line = { type: "orphaned", target } as const;
    // What the key is, is no longer what is shown here.
    const sight = await this.#look(operation, target).catch((error: unknown) => {
      if (refusalIn(error) === undefined) throw error;
      return { seen: null, view: null };
    });
    await this.#settle(operation, { outcome: "refused", line, note: why }, sight);
  }

  async #settle(
    operation: OfflineOperation,
    end: Pick<EntryOf<"settled">, "outcome" | "line" | "note">,
    at: { readonly seen: string | null; readonly view: Sight["view"] | null },
  ): Promise<undefined> {
    const isElsewhere = end.line.target !== operation.key;
    const { seen, view } = isElsewhere ? await this.#look(operation, operation.key) : at;
    await this.#log.append({
      type: "settled",
      number: operation.number,
      ...end,
      note: clipNote(end.note),
      seen,
      view,
      atMs: this.#log.now(),
    });
  }

  #look({ change }: OfflineOperation, key: string): Promise<Sight> {
    const kind = change.type === "add" || change.type === "remove" ? "set" : "value";
    return this.#store.look(key, kind, this.#calls);
  }

  /** A key for a copy, that nobody uses. */
  async #freeKey(
    operation: OfflineOperation,
  ): Promise<{ readonly key: string; readonly sight: Sight }> {
    const { key, number } = operation;
    for (let copy = 1; copy <= COPIES_MAX; copy++) {
      const suffix = copy === 1 ? "" : `-${copy}`;
      const name = `${key}.offline-${this.#log.name}-${number}${suffix}`;
      const sight = await this.#look(operation, name);
      if (sight.view.type === "absent") return { key: name, sight };
    }
    throw new Unavailable(`Every key for a copy of ${JSON.stringify(key)} is taken`);
  }

  async #nextIds(): Promise<{ readonly clientId: number; readonly requestNumber: number }> {
    if (this.#log.state.session === undefined) await this.#openSession();
    const { clientId, lastRequest } = this.#log.state.session!;
    return { clientId, requestNumber: lastRequest + 1 };
  }

  async #openSession(): Promise<void> {
    const clientId = await this.#store.openSession(this.#calls);
    await this.#log.append({ type: "session", clientId, lastRequest: 0 });
  }

  /** The number that an increment is going to add to, if nobody has written since it was known. */
  #numberBefore(operation: OfflineOperation, sight: Sight): bigint | null {
    if (operation.change.type !== "increment") return null;
    const line = this.#log.lineOf(operation);
    if (line.type !== "at") return null;
    const isSame = line.seen === null
      ? sight.view.type === "absent"
      : this.#store.isSame(line.seen, sight.seen);
    return isSame ? numberIn(sight.view) ?? null : null;
  }
}
