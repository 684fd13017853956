import type { EntryOf, Line, OfflineOperation, Outcome, Policy } from "./entries.ts";
import type { Done, SharedStore, Sight } from "./shared_store.ts";
import { numberIn, sameBytes } from "./view.ts";

/** What is to be done with an operation. */
export type Decision =
  /** Send it; `on` says where the store must be, or what is superseded. */
  | {
    readonly type: "write";
    readonly on: string | null;
    readonly outcome: Outcome;
    readonly isBeside: boolean;
  }
  /** Send it about another key, which must be absent. */
  | { readonly type: "copy" }
  /** There is nothing to send. */
  | { readonly type: "settle"; readonly outcome: "already" | "kept_theirs"; readonly line: Line }
  /** It is a conflict, and the policy leaves that to the user. */
  | { readonly type: "stop" };

/** What a decision is made from. */
export interface Question {
  readonly operation: OfflineOperation;
  /** Where stands what the operation builds upon. */
  readonly line: Line;
  /** Where the shared store stands. */
  readonly sight: Sight;
  readonly policy: Policy;
  readonly store: Pick<SharedStore, "isSame" | "sitsBeside">;
}

/** Whether changes of that kind may be done in any order: then nobody's writes are in the way. */
export function commutes({ change: { type } }: Pick<OfflineOperation, "change">): boolean {
  return type === "increment" || type === "add" || type === "remove";
}

/** Decides what is to be done with an operation. */
export function decide(question: Question): Decision {
  const { operation, line, sight } = question;
  const { change } = operation;
  if (line.type === "beside") return write(line.seen, "kept_both", true);
  if (commutes(operation)) {
    return line.type === "orphaned" ? conflict(question) : write(null, "done");
  }
  if (isThereAlready(question)) {
    const { target } = line;
    return { type: "settle", outcome: "already", line: { type: "at", seen: sight.seen, target } };
  }
  if (change.type === "put" || change.type === "delete") {
    if (isInSync(question)) return write(sight.seen, "done");
  }
  return conflict(question);
}

function isThereAlready({ operation: { change }, sight: { view } }: Question): boolean {
  if (change.type === "delete") return view.type === "absent";
  return change.type === "put" && view.type === "value" && sameBytes(view.value, change.value);
}

/** Whether the shared store is where the operation began from. Of a key never heard of, it began from nothing. */
function isInSync({ line, sight, store }: Question): boolean {
  if (line.type !== "at") return false;
  return line.seen === null ? sight.view.type === "absent" : store.isSame(line.seen, sight.seen);
}

function conflict({ operation, line, sight, policy, store }: Question): Decision {
  const { change } = operation;
  const { target } = line;
  const theirs = { type: "settle", outcome: "kept_theirs", line: { type: "orphaned", target } };
  switch (policy) {
    case "mine":
      return write(commutes(operation) ? null : sight.seen, "overwrote");
    case "theirs":
      return theirs as Decision;
    case "fail":
      return { type: "stop" };
    case "keep-both": {
      // A value is kept rather than its absence.
      if (change.type === "delete") return theirs as Decision;
      const isPut = change.type === "put";
      if (!isPut || !store.sitsBeside(sight.seen)) return { type: "copy" };
      return write(line.type === "at" ? line.seen : null, "kept_both", true);
    }
  }
}

function write(on: string | null, outcome: Outcome, isBeside = false): Decision {
  return { type: "write", on, outcome, isBeside };
}

/** Where the operations on a key stand when one of them is in the shared store. */
export function lineAfter(
  operation: OfflineOperation,
  { target, isBeside, before, outcome }: EntryOf<"attempt">,
  { seen, view }: Done,
): Line {
  if (isBeside) return { type: "beside", seen: seen ?? "", target };
  if (seen === null) return { type: "moved", target };
  const { change } = operation;
  if (change.type === "increment" && outcome === "done") {
    const isAlone = before !== null && view !== null && numberIn(view) === before + change.by;
    if (!isAlone) return { type: "moved", target };
  }
  return { type: "at", seen, target };
}
