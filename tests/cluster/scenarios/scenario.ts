import { Load, type LoadOptions } from "../load.ts";
import { MAY_RUN_CLUSTERS, ProcessCluster, type ProcessClusterOptions } from "../processes.ts";
import { verify } from "../verify.ts";

/** How thoroughly a scenario is played. */
export interface Form {
  /** How often the fault strikes. */
  readonly rounds: number;
  /** Whether it takes its time: longer outages, more connections. */
  readonly isLong: boolean;
  /** Takes how long something took since `startedAt`, on the scale of `performance.now()`. */
  readonly took: (what: string, startedAt: number) => void;
  /** Takes what else is worth knowing. */
  readonly note: (text: string) => void;
}

/** A fault, and what must hold all the same. */
export interface Scenario {
  /** What holds, as a sentence. */
  readonly name: string;
  /** Whether this machine has what it takes. @default {() => true} */
  readonly isPossible?: () => boolean;
  readonly run: (form: Form) => Promise<void>;
}

/** A cluster under load, in one round of a scenario. */
export interface Scene {
  readonly cluster: ProcessCluster;
  readonly load: Load;
  readonly form: Form;
  /** From 0. */
  readonly round: number;
}

/** The short form, for the tests. */
const SHORT: Form = { rounds: 2, isLong: false, took: () => {}, note: () => {} };

/** Registers the short form of scenarios as tests. */
export function testScenarios(scenarios: readonly Scenario[]): void {
  for (const { name, isPossible = () => true, run } of scenarios) {
    const ignore = !MAY_RUN_CLUSTERS || !isPossible();
    Deno.test({ name, ignore, fn: () => run(SHORT) });
  }
}

/**
 * Plays the rounds of a scenario on one cluster under load. After each the cluster must become whole and
 * serve, and after the last everything must be as the clients were told.
 */
export async function underLoad(
  form: Form,
  play: (scene: Scene) => Promise<void>,
  options: ProcessClusterOptions & LoadOptions = {},
): Promise<void> {
  await using cluster = await ProcessCluster.start(options);
  await using load = Load.start(cluster.endpoints, options);
  await withLogs(cluster, async () => {
    await load.progress();
    for (let round = 0; round < form.rounds; round++) {
      await play({ cluster, load, form, round });
      const startedAt = performance.now();
      await cluster.whole();
      form.took("all nodes normal again, after the fault was mended", startedAt);
      await load.progress();
    }
    await verify(cluster, load);
  });
  form.note(load.summary);
}

/** Runs something; if it fails, what the nodes wrote is in the error. */
export async function withLogs(cluster: ProcessCluster, run: () => Promise<void>): Promise<void> {
  try {
    await run();
  } catch (error) {
    throw new Error(`${String(error)}\n${await cluster.describe()}`, { cause: error });
  }
}
