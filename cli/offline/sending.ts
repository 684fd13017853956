import { NoSession, PreconditionFailed, RequestRefused, UnknownOutcome } from "../client/errors.ts";
import type { EntryOf, OfflineOperation } from "./entries.ts";
import type { Done, SharedStore, StoreCalls } from "./shared_store.ts";

/** How a request ended; what is thrown beyond that interrupts the merge. */
export type Ending =
  | { readonly type: "done"; readonly done: Done }
  /** Others wrote in between. It was not done. */
  | { readonly type: "moved" }
  /** The shared store has forgotten the ids. */
  | { readonly type: "forgotten"; readonly maybeDone: boolean }
  | { readonly type: "refused"; readonly why: string };

/** What is wrong with an operation itself. For other refusals the merge is interrupted, and nothing dropped. */
const REFUSALS: ReadonlySet<string> = new Set([
  "not_a_number",
  "number_overflow",
  "counter_overflow",
  "too_large",
  "key_too_large",
  "wrong_operation",
  "unsupported",
]);

const FORGOTTEN: ReadonlySet<string> = new Set(["request_superseded", "superseded"]);

/** Sends what was noted. What it throws leaves open how it ended, or says that it was not sent. */
export async function sendAttempt(
  store: SharedStore,
  { change }: OfflineOperation,
  attempt: EntryOf<"attempt">,
  calls: StoreCalls,
): Promise<Ending> {
  const { clientId, requestNumber, target, on, place } = attempt;
  const id = { clientId, requestNumber };
  const request = { id, key: target, change, on, place };
  try {
    return { type: "done", done: await store.write(request, calls) };
  } catch (error) {
    if (error instanceof PreconditionFailed) return { type: "moved" };
    if (error instanceof NoSession) return { type: "forgotten", maybeDone: false };
    const isForgotten = error instanceof UnknownOutcome && error.cause instanceof NoSession ||
      error instanceof RequestRefused && FORGOTTEN.has(error.code);
    if (isForgotten) return { type: "forgotten", maybeDone: true };
    const why = refusalIn(error);
    if (why === undefined) throw error;
    return { type: "refused", why };
  }
}

/** Why the shared store would never take it; `undefined` if that is not what an error says. */
export function refusalIn(error: unknown): string | undefined {
  if (!(error instanceof RequestRefused) || !REFUSALS.has(error.code)) return undefined;
  return `${error.code}: ${error.message}`;
}
