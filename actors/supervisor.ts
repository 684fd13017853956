import type { Directive, Supervision } from "./actor.ts";
import type { Cell } from "./cell.ts";
import type { Environment } from "./environment.ts";
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

const DEFAULTS = {
  strategy: "one-for-one",
  maxRestarts: 3,
  windowMs: 10_000,
  backoffMinMs: 10,
  backoffMaxMs: 2_000,
  jitter: 0.5,
  decide: (): Directive => "restart",
} as const satisfies Supervision;

/** Carries out what the supervision of a failed cell's parent says. */
export function handleFailure(failed: Cell, error: unknown, host: SupervisorHost): void {
  host.events.publish({ type: "failed", actor: failed.name, error });
  host.environment.log("error", failed.name, `failed: ${describe(error)}`);
  const parent = failed.parent;
  if (parent === undefined) return host.rootFailed(error);
  const policy = { ...DEFAULTS, ...parent.supervision };
  const directive = policy.decide(error);
  if (directive === "stop") {
    host.end(failed, true);
    return host.stopCell(failed);
  }
  if (directive === "escalate" || !isTolerated(parent, policy, host.environment.now())) {
    return escalate(failed, parent, error, host);
  }
  const group = restartGroup(failed, parent, policy.strategy);
  endAll(group, failed, host);
  scheduleRestart(group, backoffMs(parent, policy), host);
}

/** Counts a failure, and tells whether the parent still tolerates it. */
function isTolerated(parent: Cell, policy: Required<Supervision>, now: number): boolean {
  parent.failures = parent.failures.filter((at) => now - at < policy.windowMs);
  parent.failures.push(now);
  return parent.failures.length <= policy.maxRestarts;
}

/** The parent fails in its turn, and with it all its children: its own supervisor decides. */
function escalate(failed: Cell, parent: Cell, error: unknown, host: SupervisorHost): void {
  host.events.publish({ type: "escalated", actor: failed.name, error });
  host.end(failed, true);
  handleFailure(parent, error, host);
}

function restartGroup(
  failed: Cell,
  parent: Cell,
  strategy: Required<Supervision>["strategy"],
): Cell[] {
  const siblings = [...parent.children.values()];
  switch (strategy) {
    case "one-for-one":
      return [failed];
    case "all-for-one":
      return siblings;
    case "rest-for-one":
      return siblings.slice(siblings.indexOf(failed));
  }
}

/** Ends the group in the reverse order of its start. */
function endAll(group: readonly Cell[], failed: Cell, host: SupervisorHost): void {
  for (const cell of group.toReversed()) host.end(cell, cell === failed);
}

function scheduleRestart(group: readonly Cell[], delayMs: number, host: SupervisorHost): void {
  const tokens = group.map((cell) => ++cell.restartToken);
  host.environment.after(delayMs, () => {
    group.forEach((cell, index) => {
      // A failure while the group starts, or the end of the parent, overtakes what is left of it.
      if (cell.restartToken !== tokens[index] || cell.state !== "restarting") return;
      cell.restarts++;
      host.start(cell);
    });
  });
}

/** Doubles with every failure in the window; part of it is drawn at random. */
function backoffMs(parent: Cell, policy: Required<Supervision>): number {
  const exponent = Math.min(parent.failures.length - 1, 30);
  const delayMs = Math.min(policy.backoffMaxMs, policy.backoffMinMs * 2 ** exponent);
  return delayMs * (1 - policy.jitter * parent.random());
}

function describe(error: unknown): string {
  return error instanceof Error ? error.stack ?? error.message : String(error);
}
