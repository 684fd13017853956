import { TroupeError } from "../../actors/errors.ts";
import { Client } from "./client.ts";
import { type Clock, sleep } from "../clock.ts";
import type { BenchOptions } from "./options.ts";
import { Pacer } from "./pacer.ts";
import { Recorder, type Results } from "./recorder.ts";
import { Targets } from "./targets.ts";
import { type HistorySink, RecordedClient } from "./recorded_client.ts";
import { MixedWorkload } from "./mixed_workload.ts";
import type { Outcome } from "./outcome.ts";
import { type Operation, type Source, Workload } from "./workload.ts";

/** What a run needs of the process that it runs in. */
export interface BenchEnvironment {
  readonly clock: Clock;
  /** CPU time that this process has used, in milliseconds. */
  readonly cpuMs: () => number;
  /** Takes a line about the progress. */
  readonly progress: (line: string) => void;
  /** Ends the run early, with the results so far. */
  readonly signal?: AbortSignal;
  /** Where what clients asked and were told is kept; without it, it is not. */
  readonly history?: HistorySink;
}

/** What a run measured, and how. */
export interface Report extends Results {
  /** Requests that were due by the end and not sent, because all clients were waiting. */
  readonly unsent: number;
  /** Cores that the load tool itself kept busy; near 1 it is the bottleneck. */
  readonly ownCores: number;
}

/** A client that met trouble leaves the cluster alone for so long. */
const PAUSE_MS = 100;
const WATCH_MS = 100;

/**
 * Loads a cluster.
 *
 * @throws {TroupeError} `unreachable` if no endpoint can be connected to; `no_primary` if the primary
 * is to be loaded and no node knows of one.
 */
export async function runBench(
  options: BenchOptions,
  environment: BenchEnvironment,
): Promise<Report> {
  const run = new Run(options, environment);
  try {
    return await run.execute();
  } finally {
    run.close();
  }
}

/** What sends requests. */
interface Sender {
  execute(operation: Operation): Promise<Outcome>;
}

/** One run, from the first connection to the report. */
class Run {
  readonly #options: BenchOptions;
  readonly #environment: BenchEnvironment;
  readonly #targets: Targets;
  readonly #clients: readonly Client[];
  /** The clients, recorded if there is a history. */
  readonly #senders: readonly Sender[];
  readonly #workload: Source;
  #cancelWatch: () => void = () => {};

  constructor(options: BenchOptions, environment: BenchEnvironment) {
    this.#options = options;
    this.#environment = environment;
    this.#targets = new Targets(options);
    const { clock, history } = environment;
    const keepsAnswers = history !== undefined;
    const shared = { ...options, clock, targets: this.#targets, keepsAnswers };
    const connections = options.clients * options.inFlight;
    this.#clients = Array.from(
      { length: connections },
      (_, index) => new Client(index, shared),
    );
    if (history === undefined) {
      this.#workload = new Workload(options);
      this.#senders = this.#clients;
    } else {
      const workload = new MixedWorkload(options, history.keyPrefix);
      this.#workload = workload;
      this.#senders = this.#record(history, workload);
    }
    this.#watch();
  }

  async execute(): Promise<Report> {
    await this.#prepare();
    const { durationMs, warmUpMs, writes, keys } = this.#options;
    if (writes < 1 && this.#workload instanceof Workload) {
      this.#environment.progress(`writing ${keys} keys, so that reads find them`);
      const fill = this.#workload.fill();
      const pacer = this.#pacer({ durationMs: Infinity });
      await this.#drive(pacer, new Recorder(), () => fill.next().value ?? null);
    }
    if (warmUpMs > 0) {
      this.#environment.progress(`warming up for ${warmUpMs / 1_000} s`);
      const pacer = this.#pacer({ durationMs: warmUpMs, ...this.#rate() });
      await this.#drive(pacer, new Recorder(), (client) => this.#workload.next(client));
    }
    return await this.#measure(durationMs);
  }

  close(): void {
    this.#cancelWatch();
    for (const client of this.#clients) client.close();
  }

  #record({ write }: HistorySink, workload: MixedWorkload): readonly Sender[] {
    const { clock, signal } = this.#environment;
    let numbers = 0;
    const newNumber = () => numbers++;
    // Enough for one attempt that is never answered, and another.
    const patienceMs = 2 * this.#options.timeoutMs;
    const shared = { clock, write, workload, newNumber, patienceMs, signal };
    return this.#clients.map((client, index) => new RecordedClient(index, client, shared));
  }

  async #prepare(): Promise<void> {
    await this.#targets.refresh();
    const outcomes = await Promise.all(this.#clients.map((client) => client.prepare()));
    const { primary, endpoints } = this.#options;
    if (outcomes.some(({ kind }) => kind !== "failed")) {
      if (!primary || this.#targets.primary !== null) return;
      const what = `Cannot find the primary: ${endpoints.join(", ")} know of none`;
      throw new TroupeError("no_primary", what);
    }
    const first = outcomes[0]!;
    const why = first.kind === "failed" ? first.code : "";
    throw new TroupeError(
      "unreachable",
      `Cannot load ${endpoints.join(", ")}: ${why}; is the cluster running?`,
    );
  }

  async #measure(durationMs: number): Promise<Report> {
    const { clock, cpuMs } = this.#environment;
    const recorder = new Recorder();
    const { requestsMax = Infinity } = this.#options;
    const onLag = (ms: number) => recorder.recordLag(ms);
    const startMs = clock.now();
    const startCpuMs = cpuMs();
    const cancelProgress = this.#reportProgress(recorder, startMs);
    const pacer = this.#pacer({ durationMs, requestsMax, onLag, ...this.#rate() });
    await this.#drive(pacer, recorder, (client) => this.#workload.next(client));
    cancelProgress();
    const elapsedMs = clock.now() - startMs;
    return {
      ...recorder.results(elapsedMs / 1_000),
      unsent: pacer.unsent(),
      ownCores: elapsedMs > 0 ? (cpuMs() - startCpuMs) / elapsedMs : 0,
    };
  }

  /** Has every client send requests until the pacer or the source of them comes to its end. */
  async #drive(
    pacer: Pacer,
    recorder: Recorder,
    next: (client: number) => Operation | null,
  ): Promise<void> {
    const { clock, signal } = this.#environment;
    const stop = () => pacer.stop();
    if (signal?.aborted) return;
    signal?.addEventListener("abort", stop);
    await Promise.all(this.#senders.map(async (sender, client) => {
      for (;;) {
        const turn = pacer.next();
        const start = typeof turn === "number" ? turn : await turn;
        const operation = start === null ? null : next(client);
        if (start === null || operation === null) return;
        const outcome = await sender.execute(operation);
        recorder.record(operation.kind === "get" ? "read" : "write", outcome, clock.now() - start);
        if (outcome.kind === "failed" && outcome.pause) {
          await Promise.all([this.#targets.refresh(), sleep(clock, PAUSE_MS)]);
        }
      }
    }));
    signal?.removeEventListener("abort", stop);
  }

  #pacer(options: Omit<ConstructorParameters<typeof Pacer>[0], "clock">): Pacer {
    return new Pacer({ ...options, clock: this.#environment.clock });
  }

  #rate(): { rate?: number } {
    return this.#options.rate === undefined ? {} : { rate: this.#options.rate };
  }

  /** Gives up on requests that take too long; cheaper than a timer for each of them. */
  #watch(): void {
    const { clock } = this.#environment;
    this.#cancelWatch = clock.after(WATCH_MS, () => {
      for (const client of this.#clients) client.giveUpIfLate(clock.now());
      this.#watch();
    });
  }

  #reportProgress(recorder: Recorder, startMs: number): () => void {
    const { clock, progress } = this.#environment;
    let cancel: () => void;
    let second = 0;
    const next = () => {
      const dueMs = startMs + ++second * 1_000;
      cancel = clock.after(Math.max(0, dueMs - clock.now()), () => {
        const { requests, errors, latency } = recorder.takeInterval();
        const times = latency === null
          ? ""
          : `, p50 ${latency.p50.toFixed(2)} ms, p99 ${latency.p99.toFixed(2)} ms`;
        progress(`${second} s: ${requests} answered${times}, ${errors} errors`);
        next();
      });
    };
    next();
    return () => cancel();
  }
}
