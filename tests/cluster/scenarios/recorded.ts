/**
 * Clusters with a master whose members are killed while the load tool records what its clients ask and are told; the
 * checker judges the history.
 *
 * @module
 */
import { assert, assertEquals } from "@std/assert";
import { parseBenchFlags } from "../../../cli/bench/options.ts";
import { type Report, runBench } from "../../../cli/bench/run.ts";
import { REAL_CLOCK } from "../../../cli/clock.ts";
import { check } from "../../../sim/checker/check.ts";
import { readHistory } from "../../../sim/checker/history/read.ts";
import { modelFor } from "../../../sim/checker/kv/model_for.ts";
import { ProcessCluster, type ProcessClusterOptions } from "../processes.ts";
import { pause } from "../until.ts";
import { CHAIN, HERMES, HERMES_OTHERWISE, type Kind, shortened } from "./kinds.ts";
import { type Form, type Scenario, withLogs } from "./scenario.ts";

/** How long the load goes on before a fault and after it, in milliseconds. */
const CALM_MS = 500;
/** Far more than a scenario takes. */
const DURATION = "1h";
/** Who is killed, one after the other in each round: members by their turn, and the master's primary. */
const VICTIMS = [0, 1, 2, "master"] as const;

/** The scenarios. */
export const RECORDED_SCENARIOS: readonly Scenario[] = [
  {
    name: "what clients of a chain are told while its members are killed is linearizable",
    run: (form) => recorded(form, CHAIN, CHAIN.small),
  },
  {
    name: "what clients of several chains are told while nodes are killed is linearizable",
    run: (form) => recorded(form, CHAIN, { config: "protocol: chain\nchain: { volumes: 3 }" }),
  },
  {
    name: "what clients of a chain are told is linearizable if its tail alone answers reads",
    run: (form) => recorded(form, CHAIN, { config: "protocol: chain\nchain: { reads: tail }" }),
  },
  {
    name: "what clients of a Hermes cluster are told while its members are killed is linearizable",
    run: (form) => recorded(form, HERMES, HERMES.small),
  },
  {
    name: "what clients of a Hermes cluster that trusts no clock are told is linearizable",
    run: (form) => recorded(form, HERMES, HERMES_OTHERWISE),
  },
  {
    name: "what clients of Hermes on one more node than replicas are told is linearizable",
    run: (form) => recorded(form, HERMES, HERMES.volumes),
  },
];

async function recorded(form: Form, kind: Kind, options: ProcessClusterOptions): Promise<void> {
  await using cluster = await ProcessCluster.start(options);
  await withLogs(cluster, async () => {
    const load = new RecordedLoad(cluster.endpoints);
    try {
      // A round kills four times as many as those of other scenarios.
      const rounds = form.isLong ? form.rounds : 1;
      for (let round = 0; round < rounds; round++) await killAll(cluster, kind, form);
    } finally {
      await load.stop();
    }
    form.note(load.judge());
  });
}

async function killAll(cluster: ProcessCluster, kind: Kind, form: Form): Promise<void> {
  for (const victim of VICTIMS) {
    await pause(CALM_MS);
    const isMaster = victim === "master";
    const node = await (isMaster ? cluster.masterPrimary() : kind.pick(cluster, victim));
    const startedAt = performance.now();
    await node.kill();
    await shortened(cluster, node);
    form.took(`${isMaster ? victim : kind.place(victim)} expelled`, startedAt);
    await pause(CALM_MS);
    node.start();
    await cluster.whole();
  }
}

/** The load tool, recorded. */
class RecordedLoad {
  readonly #stop = new AbortController();
  readonly #lines: string[] = [];
  readonly #report: Promise<Report>;

  constructor(endpoints: readonly string[]) {
    const options = parseBenchFlags([
      ...["--endpoints", endpoints.join(","), "--history", "in-memory", "--sessions"],
      ...["--clients", "8", "--keys", "16", "--duration", DURATION, "--warmup", "0"],
      ...["--timeout", "2s"],
    ])!;
    this.#report = runBench(options, {
      clock: REAL_CLOCK,
      cpuMs: () => 0,
      progress: () => {},
      signal: this.#stop.signal,
      history: { write: (line) => void this.#lines.push(line), keyPrefix: "recorded-" },
    });
  }

  async stop(): Promise<void> {
    this.#stop.abort();
    await this.#report;
  }

  /** Throws if it cannot have happened like that in any order; says what was judged. */
  judge(): string {
    const history = readHistory(this.#lines.join(""));
    assert(history.length > 100, `only ${history.length} operations were recorded`);
    const verdict = check(modelFor(history), history, { now: () => performance.now() });
    assertEquals(verdict.outcome, "linearizable", JSON.stringify(verdict));
    return `${history.length} operations recorded, linearizable`;
  }
}
