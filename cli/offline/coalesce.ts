import { TroupeError } from "../../actors/errors.ts";
import { DiskError } from "../../storage/disk.ts";
import type { OfflineOperation, Policy } from "./entries.ts";
import { OtherCluster } from "./errors.ts";
import type { OfflineLog } from "./log.ts";
import { Merging, type Unresolved } from "./merging.ts";
import type { SharedStore } from "./shared_store.ts";
import type { ReportLine } from "./state.ts";

/** How a merge goes about it. */
export interface CoalesceOptions {
  /**
   * What is done with a put or a delete where the shared store is not where it began from:
   *
   * - `mine`: it is done all the same, over what others wrote.
   * - `theirs`: it is dropped, and with it what builds upon it.
   * - `keep-both`: it becomes a value beside the others: a sibling where the store has siblings, else
   *   under a key of its own. A deletion is dropped.
   * - `fail`: the merge stops before it. What came before is in.
   */
  readonly policy: Policy;
  /**
   * What is done with an operation of which nobody can tell any more whether an interrupted merge has done it:
   *
   * - `stop`: the merge stops before it.
   * - `repeat`: it is done, perhaps a second time.
   * - `skip`: it is not done, perhaps never.
   *
   * @default {"stop"}
   */
  readonly unresolved?: Unresolved;
  /** Stops the merge. It may go on later. */
  readonly signal?: AbortSignal;
  /** Hears of every operation as soon as its fate is durable. */
  readonly onSettled?: (line: ReportLine) => void;
}

/** Why a merge ended before all was done. */
export type Stop =
  /** The shared store is not where the operation began from, and the policy is `fail`. */
  | { readonly type: "conflict"; readonly number: number; readonly key: string }
  /** Whether the operation is in the shared store cannot be told. */
  | { readonly type: "unresolved"; readonly number: number; readonly key: string }
  /** The shared store could not be reached, did not know, or would not; or the caller stopped it. */
  | { readonly type: "interrupted"; readonly error: unknown };

/** What a merge has done, all of its parts together if it was interrupted before. */
export interface MergeReport {
  readonly policy: Policy;
  /** What became of every operation, in order. */
  readonly lines: readonly ReportLine[];
  /** How many operations still wait. */
  readonly waiting: number;
  /** `null` if all is done. */
  readonly stopped: Stop | null;
}

/**
 * Appends the operations of an offline log to a shared store, in their order, each once. What was sent and what
 * became of it is durable in the log before the next step: an interrupted merge is gone on with by calling this
 * again, with the same policy or another.
 *
 * @throws {OtherCluster} if the log has dealt with another cluster.
 * @throws {DiskError} if the log cannot be written.
 */
export async function coalesce(
  log: OfflineLog,
  store: SharedStore,
  options: CoalesceOptions,
): Promise<MergeReport> {
  await bind(log, store);
  await begin(log, options.policy);
  const stopped = await mergeAll(log, store, options);
  if (stopped === null) await log.append({ type: "ended", atMs: log.now() });
  const { report, pendingCount } = log.state;
  return { policy: options.policy, lines: [...report], waiting: pendingCount, stopped };
}

/** Ties a log to the cluster that it has to do with from now on. */
export async function bind(
  log: OfflineLog,
  { cluster, protocol }: Pick<SharedStore, "cluster" | "protocol">,
): Promise<void> {
  const { bound } = log.state;
  if (bound === undefined) return await log.append({ type: "bound", cluster, protocol });
  if (bound.cluster === cluster && bound.protocol === protocol) return;
  const describe = (name: string, by: string) => `cluster "${name}" (${by})`;
  throw new OtherCluster(describe(bound.cluster, bound.protocol), describe(cluster, protocol));
}

async function begin(log: OfflineLog, policy: Policy): Promise<void> {
  const { merge } = log.state;
  const goesOn = merge !== undefined && merge.endedMs === null;
  if (goesOn && merge.policy === policy) return;
  await log.append({ type: "begun", policy, goesOn, atMs: log.now() });
}

async function mergeAll(
  log: OfflineLog,
  store: SharedStore,
  options: CoalesceOptions,
): Promise<Stop | null> {
  const { signal } = options;
  const calls = signal === undefined ? {} : { signal };
  const merging = new Merging(log, store, { unresolved: "stop", ...options }, calls);
  try {
    for (let next = first(log); next !== undefined; next = first(log)) {
      signal?.throwIfAborted();
      const stopped = await merging.merge(next);
      if (stopped !== undefined) return { type: stopped, number: next.number, key: next.key };
      options.onSettled?.(log.state.report.at(-1)!);
    }
    return null;
  } catch (error) {
    if (signal?.aborted || (error instanceof TroupeError && !(error instanceof DiskError))) {
      return { type: "interrupted", error };
    }
    throw error;
  }
}

function first(log: OfflineLog): OfflineOperation | undefined {
  return log.state.pending.next().value;
}
