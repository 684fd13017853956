import type { Cancel, Directive, Supervision } from "./actor.ts";
import type { Cell } from "./cell.ts";
import type { Environment } from "./environment.ts";
import { toError, TroupeError } from "./errors.ts";
import type { EventStream } from "./events.ts";

/** What supervision needs of the system. */
export interface SupervisorHost {
  readonly environment: Environment;
  readonly events: EventStream;
  /** Ends a cell's incarnation and its children's; the cell itself may start again. */
  end(cell: Cell, failed: boolean): void;
  start(cell: Cell): void;
  /** Ends a cell for good. */
  stopCell(cell: Cell): void;
  /** The root itself has failed: there is nobody left to decide. */
  rootFailed(error: unknown): void;
}

const DEFAULTS: Required<Supervision> = {
  strategy: "one-for-one",
  maxRestarts: 3,
  windowMs: 10_000,
  backoffMinMs: 10,
  backoffMaxMs: 2_000,
  jitter: 0.5,
  decide: () => "restart",
};

/**
 * Supervision with its defaults filled in.
 *
 * @throws {TroupeError} `bad_option` if a number is out of range.
 */
export function supervisionPolicy(supervision: Supervision = {}): Required<Supervision> {
  const policy = { ...DEFAULTS, ...supervision };
  const { maxRestarts, windowMs, backoffMinMs, backoffMaxMs, jitter } = policy;
  check("maxRestarts", maxRestarts, maxRestarts >= 0);
  check("windowMs", windowMs, windowMs > 0);
  check("backoffMinMs", backoffMinMs, backoffMinMs >= 0);
  check("backoffMaxMs", backoffMaxMs, backoffMaxMs >= backoffMinMs && backoffMaxMs < Infinity);
  check("jitter", jitter, jitter >= 0 && jitter <= 1);
  return policy;
}

function check(option: keyof Supervision, value: number, holds: boolean): void {
  if (holds) return;
  throw new TroupeError("bad_option", `Cannot supervise: ${option} is out of range: ${value}`);
}

/** Tells the log and the observers of a failure. */
export function reportFailure(failed: Cell, error: unknown, host: SupervisorHost): void {
  host.events.publish({ type: "failed", actor: failed.name, error });
  host.environment.log("error", failed.name, `failed: ${describe(error)}`);
}

/** Carries out what the supervision of a failed cell's parent says. */
export function handleFailure(failed: Cell, error: unknown, host: SupervisorHost): void {
  const parent = failed.parent;
  if (parent === undefined) return host.rootFailed(error);
  const directive = decide(parent, error, host);
  if (directive === "stop") return host.stopCell(failed);
  if (directive === "escalate" || !isTolerated(parent, host.environment.now())) {
    return escalate(failed, parent, error, host);
  }
  const group = restartGroup(failed, parent);
  for (const cell of group.toReversed()) host.end(cell, cell === failed);
  new PendingRestart(group, backoffMs(parent), host);
}

/** A supervisor that cannot decide has failed itself. */
function decide(parent: Cell, error: unknown, host: SupervisorHost): Directive {
  try {
    return parent.supervision.decide(error);
  } catch (cause) {
    host.environment.log("error", parent.name, `failed to decide: ${describe(cause)}`);
    return "escalate";
  }
}

/** Counts a failure, and tells whether the parent still tolerates it. */
function isTolerated(parent: Cell, now: number): boolean {
  const { windowMs, maxRestarts } = parent.supervision;
  parent.failures = parent.failures.filter((at) => now - at < windowMs);
  parent.failures.push(now);
  return parent.failures.length <= maxRestarts;
}

/** The parent fails in its turn, and with it all its children: its own supervisor decides. */
function escalate(failed: Cell, parent: Cell, error: unknown, host: SupervisorHost): void {
  host.events.publish({ type: "escalated", actor: failed.name, error });
  host.end(failed, true);
  if (parent.parent !== undefined) reportFailure(parent, error, host);
  handleFailure(parent, error, host);
}

/** Who restarts with a failed cell, in the order of their start. */
function restartGroup(failed: Cell, parent: Cell): Cell[] {
  const siblings = [...parent.children.values()];
  switch (parent.supervision.strategy) {
    case "one-for-one":
      return [failed];
    case "all-for-one":
      return siblings;
    case "rest-for-one":
      return siblings.slice(siblings.indexOf(failed));
  }
}

/** Doubles with every failure in the window; part of it is drawn at random. */
function backoffMs(parent: Cell): number {
  const { backoffMinMs, backoffMaxMs, jitter } = parent.supervision;
  const exponent = Math.min(parent.failures.length - 1, 30);
  const delayMs = Math.min(backoffMaxMs, backoffMinMs * 2 ** exponent);
  return delayMs * (1 - jitter * parent.random());
}

/** The restart that a group of cells waits for. A cell that ends meanwhile drops out of it. */
export class PendingRestart {
  /** In the order of their start. */
  readonly #cells: Set<Cell>;
  readonly #host: SupervisorHost;
  readonly #cancel: Cancel;

  constructor(group: readonly Cell[], delayMs: number, host: SupervisorHost) {
    this.#cells = new Set(group);
    this.#host = host;
    for (const cell of group) cell.pendingRestart = this;
    this.#cancel = host.environment.after(delayMs, () => this.#run());
  }

  /** Leaves a cell out: it has been overtaken by another failure, or is stopped. */
  drop(cell: Cell): void {
    this.#cells.delete(cell);
    cell.pendingRestart = undefined;
    if (this.#cells.size === 0) this.#cancel();
  }

  #run(): void {
    // A cell that fails to start may drop any of those after it, which are then not visited.
    for (const cell of this.#cells) {
      this.drop(cell);
      cell.restarts++;
      this.#host.start(cell);
    }
  }
}

function describe(thrown: unknown): string {
  const { message, stack } = toError(thrown);
  return thrown instanceof Error && stack !== undefined ? stack : message;
}
