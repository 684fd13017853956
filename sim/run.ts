import type { StateMachine } from "../protocols/state_machine.ts";
import { HURRIED_LIMITS, judge, JUDGE_LIMITS, type Judgement } from "./checker/judge.ts";
import type { ClientPool } from "./client_pool.ts";
import { Faults } from "./faults.ts";
import { healCore } from "./healing.ts";
import { describePlan, type Plan } from "./plan.ts";
import { newWorld } from "./new_world.ts";
import type { SimNode } from "./processes.ts";
import type { BranchFigures } from "./rare_branches.ts";
import type { Scene } from "./scene.ts";
import type { RecordedOperation } from "./workloads/workload.ts";
import type { World } from "./world.ts";

/** How a run ended. */
export type Outcome =
  /** Nothing was wrong. */
  | "ok"
  /** Something happened that never may. */
  | "violation"
  /** A healed quorum did not converge, or did not answer. */
  | "stuck";

/** What a run came to. */
export interface RunResult {
  readonly seed: bigint;
  readonly outcome: Outcome;
  readonly violations: readonly string[];
  /** What the seed drew, in a few words. */
  readonly plan: string;
  /** Of every step; the same seed gives the same. */
  readonly hash: string;
  readonly steps: number;
  /** Operations of clients that were answered. */
  readonly answered: number;
  /** Entries of all logs. */
  readonly entries: number;
  /** How often something was broken. */
  readonly faults: number;
  /** The names of the faults whose time came, in that order. */
  readonly faultNames: readonly string[];
  /** Virtual time, in milliseconds. */
  readonly durationMs: number;
  /** Which rare branches were forced, by label. */
  readonly rare: ReadonlyMap<string, BranchFigures>;
  /** What clients asked and were told. */
  readonly history: readonly RecordedOperation[];
  /** Why it is not known whether the history is linearizable; `null` if that is known. */
  readonly undecided: string | null;
  /** The last lines of the run's journal, and where everybody stood: for failures. */
  readonly report: readonly string[];
}

/** How long clients go on asking once the healed quorum has committed something, in milliseconds. */
const SERVICE_MS = 1_000;
/** How long what a healed quorum has agreed in must last, in milliseconds. */
const STEADY_MS = 2_000;

/** Who looks on. */
export interface Watching {
  /** Given the world before anything runs in it: to trace it, or to judge it in another way, too. */
  readonly watch?: (world: World) => void;
}

/** Runs a plan: faults first, then a healed quorum that has to get over them. */
export function runPlan(plan: Plan, scene: Scene, { watch }: Watching = {}): RunResult {
  return new Run(plan, scene, watch).run();
}

class Run {
  readonly #plan: Plan;
  readonly #scene: Scene;
  readonly #world: World;
  readonly #faults: Faults;
  readonly #clients: ClientPool;
  #isStuck = false;

  constructor(plan: Plan, scene: Scene, watch: Watching["watch"]) {
    this.#plan = plan;
    this.#scene = scene;
    const { machine, workload } = scene;
    const invariant = (model: StateMachine) => workload.invariant?.(model);
    this.#world = newWorld(plan, { machine, invariant });
    watch?.(this.#world);
    this.#world.startAll();
    this.#faults = new Faults(this.#world, plan);
    this.#clients = this.#world.newClients(workload, plan.clients);
  }

  run(): RunResult {
    const world = this.#world;
    world.runFor(this.#plan.safetyMs);
    this.#faults.stop();
    if (world.violations.length === 0) this.#recover();
    return this.#result();
  }

  #recover(): void {
    const world = this.#world;
    const { livenessMs } = world;
    world.rare.stop();
    const core = healCore(world, this.#plan);
    const before = world.committed;
    const isServed = world.runUntil(() => world.committed > before, livenessMs);
    // Those who missed the healing must not answer from what they knew before it.
    world.runFor(SERVICE_MS);
    this.#clients.stop();
    const isAgreed = isServed &&
      world.runUntil(
        () => this.#clients.busy === 0 && world.hasConverged(core),
        livenessMs,
      );
    if (world.violations.length > 0) return;
    if (isAgreed) {
      this.#checkSteadiness(core);
      return world.checkStates(core);
    }
    if (!world.isRecoverable) return world.note("more was lost than anyone could survive");
    this.#isStuck = true;
    const busy = this.#clients.busy;
    world.note(`stuck: ${busy} operations are unanswered ${livenessMs} ms after the healing`);
  }

  /** Those outside do not unsettle those who have agreed. */
  #checkSteadiness(core: readonly SimNode[]): void {
    const world = this.#world;
    const agreement = world.agreement(core);
    world.runFor(STEADY_MS);
    if (world.agreement(core) === agreement) return;
    this.#isStuck = true;
    world.note(`stuck: ${agreement}, which those healed have agreed in, does not last`);
  }

  /** What becomes of the histories: the first that is not linearizable, or not decided, says it for all. */
  #judge(histories: readonly (readonly RecordedOperation[])[]): Judgement {
    const world = this.#world;
    const limits = world.violations.length > 0 ? HURRIED_LIMITS : JUDGE_LIMITS;
    let worst: Judgement = { outcome: "linearizable", reason: "", report: [] };
    for (const history of histories) {
      const judgement = judge(history, this.#scene.machine, limits);
      if (judgement.outcome === "violation") world.fail(judgement.reason);
      if (worst.outcome === "linearizable" || judgement.outcome === "violation") worst = judgement;
    }
    return worst;
  }

  #result(): RunResult {
    const world = this.#world;
    const histories = this.#clients.histories.map((history) => world.judged(history));
    const judgement = this.#judge(histories);
    const { violations, hash, clock, committed } = world;
    const outcome = violations.length > 0 ? "violation" : this.#isStuck ? "stuck" : "ok";
    return {
      seed: world.seed,
      outcome,
      violations,
      plan: describePlan(this.#plan, this.#scene.name),
      hash: hash.value,
      steps: hash.steps,
      answered: this.#clients.answered,
      entries: committed,
      faults: this.#faults.struck,
      faultNames: this.#faults.names,
      durationMs: clock.now,
      rare: world.rare.figures,
      history: histories.flat(),
      undecided: judgement.outcome === "undecided" ? judgement.reason : null,
      report: outcome === "ok"
        ? []
        : [...world.notes, ...world.describe().split("\n"), ...judgement.report],
    };
  }
}
