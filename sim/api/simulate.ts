import { TroupeError } from "../../actors/errors.ts";
import type { StateMachine } from "../../protocols/state_machine.ts";
import type { DurabilityMode } from "../../protocols/vr/options.ts";
import { drawPlan, type GivenPlan } from "../plan.ts";
import { runPlan } from "../run.ts";
import type { Ask, Workload } from "../workloads/workload.ts";

/**
 * What is to be simulated.
 *
 * @typeParam Op What clients ask for.
 * @typeParam Machine The state machine.
 */
export interface SimulateOptions<Op extends Ask, Machine extends StateMachine> {
  /** Makes what is replicated, in its initial state. */
  readonly machine: () => Machine;
  /** What clients do, and what must hold. */
  readonly workload: Workload<Op, Machine>;
  /**
   * From which everything follows, 0 to 2^64 - 1: cluster, faults, and what clients draw.
   *
   * @default {1}
   */
  readonly seed?: number | bigint;
  /**
   * The size of the cluster, 1 to 7.
   *
   * @default {drawn from the seed}
   */
  readonly nodes?: number;
  /**
   * Whether the nodes have disks, or keep everything in memory.
   *
   * @default {drawn from the seed}
   */
  readonly durability?: DurabilityMode;
}

/** How a simulation ended. */
export type SimulationOutcome =
  /** Nothing was wrong. */
  | "ok"
  /** Something happened that never may. */
  | "violation"
  /** A healed majority did not answer, or did not agree. */
  | "stuck";

/** What a simulation came to. */
export interface Simulation {
  /** The seed. */
  readonly seed: bigint;
  /** How it ended. */
  readonly outcome: SimulationOutcome;
  /** What happened that never may, each with the virtual time when it did. */
  readonly violations: readonly string[];
  /** The cluster and the faults that the seed drew, in a few words. */
  readonly plan: string;
  /**
   * Why it is not known whether the answers to clients are linearizable; `null` if that is known. A machine
   * that asks for op-numbers or the time cannot be judged by a history alone, nor one whose states are
   * large.
   */
  readonly undecided: string | null;
  /** A hash of every step. The same seed gives the same; if it does not, the machine is not deterministic. */
  readonly hash: string;
  /** Answers that clients were given. */
  readonly answered: number;
  /** Faults that struck. */
  readonly faults: number;
  /** Virtual time, in milliseconds. */
  readonly durationMs: number;
  /** For people, if it ended badly: the last that happened, where every replica stood, what was wrong. */
  readonly report: string;
}

const SEED_MAX = 2n ** 64n - 1n;
const NODES_MAX = 7;

/**
 * Runs a whole cluster with its clients in virtual time and in this thread, breaks it in the ways that
 * the seed draws, heals a majority, and says what went wrong. Takes a second or less, and no permission.
 *
 * Without a word of yours it checks that every replica executes the same commands, each once, with the
 * same results and states, also across snapshots and restarts; that each answer is the one that a model
 * of the machine gives; that reads are linearizable (or of some state of the past, if that was asked for);
 * and that a healed majority answers everyone.
 *
 * Run it for many seeds: each is another cluster, with other faults. A workload that remembers
 * something is made anew for each.
 *
 * @example Nothing is counted twice, and nothing is lost
 * ```ts
 * import { encodeCommand, jsonStateMachine, simulate } from "../../mod.ts";
 *
 * const machine = jsonStateMachine<{ count: number }, { add: number }, number>({
 *   initial: { count: 0 },
 *   apply: (state, { add }) => state.count += add,
 * });
 *
 * const { outcome, report } = simulate({
 *   seed: 7,
 *   machine,
 *   workload: { draw: () => ({ command: encodeCommand({ add: 1 }) }) },
 * });
 * if (outcome !== "ok") throw new Error(report);
 * ```
 *
 * @throws {TroupeError} `bad_option` for a seed or a number of nodes out of range.
 */
export function simulate<Op extends Ask, Machine extends StateMachine>(
  options: SimulateOptions<Op, Machine>,
): Simulation {
  const { machine, nodes, durability } = options;
  // Invariants are asked only of machines that `machine` has made.
  const workload = options.workload as Workload;
  const given: GivenPlan = {
    ...(nodes !== undefined && { nodes: requireNodes(nodes) }),
    ...(durability !== undefined && { durability }),
  };
  const plan = drawPlan(requireSeed(options.seed ?? 1), given);
  const result = runPlan(plan, { name: "your own", machine, workload });
  const { seed, outcome, violations, undecided, hash, answered, faults, durationMs } = result;
  const lines = [...result.report, ...violations];
  const report = outcome === "ok"
    ? ""
    : `seed ${seed}: ${outcome}\n${result.plan}\n${lines.join("\n")}`;
  const figures = { hash, answered, faults, durationMs };
  return { seed, outcome, violations, undecided, plan: result.plan, ...figures, report };
}

/**
 * A seed as the simulator takes it.
 *
 * @throws {TroupeError} `bad_option` if it is no whole number from 0 to 2^64 - 1.
 */
export function requireSeed(seed: number | bigint): bigint {
  const isWhole = typeof seed === "bigint" || Number.isSafeInteger(seed);
  if (isWhole && seed >= 0 && seed <= SEED_MAX) return BigInt(seed);
  throw new TroupeError("bad_option", `Seed is not a whole number from 0 to 2^64 - 1: ${seed}`);
}

function requireNodes(nodes: number): number {
  if (Number.isInteger(nodes) && nodes >= 1 && nodes <= NODES_MAX) return nodes;
  throw new TroupeError(
    "bad_option",
    `Number of nodes is not an integer from 1 to ${NODES_MAX}: ${nodes}`,
  );
}
