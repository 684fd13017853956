import { TroupeError } from "../../actors/errors.ts";
import type { Fetch } from "../client/exchange.ts";
import { surveyNodes } from "../client/nodes.ts";
import type { NodeReport } from "../client/types.ts";
import { type Clock, sleep } from "../clock.ts";
import type { ClusterConfig } from "../config.ts";
import { NodeProcess } from "./node_process.ts";
import { formatStatusTable, nodeUrl, statusRows, TableChanges } from "./status_table.ts";
import type { Terminal } from "./terminal.ts";

const POLL_MS = 250;
const STATUS_TIMEOUT_MS = 1_000;
/** A node that was started so recently may be silent without being shown as down. */
const STARTING_MS = 5_000;

/** What a cluster of processes is made of. */
export interface RunnerOptions {
  readonly config: ClusterConfig;
  /** The program, and its arguments, that is node `index`. */
  readonly command: (index: number) => readonly [string, ...string[]];
  readonly terminal: Terminal;
  readonly clock: Clock;
  /** How the nodes are asked for their status. @default {fetch} */
  readonly fetch?: Fetch;
}

/** How a cluster ended. */
export interface ClusterEnding {
  /** The node that refused its configuration, `null` if the cluster was told to stop. */
  readonly misconfigured: number | null;
  /** The nodes that did not stop in time and were killed. */
  readonly killed: readonly number[];
}

/** A cluster on this machine, one process a node. */
export class ClusterRunner {
  readonly #options: RunnerOptions;
  readonly #nodes: readonly NodeProcess[];
  readonly #changes = new TableChanges();
  /** Ends the polling, and the question under way. */
  readonly #ended = new AbortController();

  constructor(options: RunnerOptions) {
    this.#options = options;
    const { config, command, terminal, clock } = options;
    this.#nodes = config.replicasAddresses.map((_, index) =>
      new NodeProcess({ index, command: command(index), terminal, clock })
    );
  }

  /** Runs all nodes until {@linkcode stop} is called or one of them refuses its configuration. */
  async run(): Promise<ClusterEnding> {
    const polling = this.#poll();
    const endings = await Promise.all(this.#nodes.map(async (node) => {
      const ending = await node.run();
      // Without it the others would wait for a majority, or serve a cluster that is not whole.
      if (ending === "misconfigured") this.stop();
      return ending;
    }));
    this.#ended.abort();
    await polling;
    const misconfigured = endings.indexOf("misconfigured");
    return {
      misconfigured: misconfigured < 0 ? null : misconfigured,
      killed: this.#nodes.flatMap(({ killed }, index) => killed ? [index] : []),
    };
  }

  /** Stops all nodes in order; kills those that take longer than 5 seconds. */
  stop(): void {
    this.#ended.abort();
    for (const node of this.#nodes) node.stop();
  }

  /** Ends all nodes at once. */
  kill(): void {
    this.#ended.abort();
    for (const node of this.#nodes) node.kill();
  }

  /** Prints the table of the nodes whenever it changes. */
  async #poll(): Promise<void> {
    const { config, terminal, clock } = this.#options;
    const { signal } = this.#ended;
    while (!signal.aborted) {
      const rows = statusRows(config, await this.#survey());
      if (
        !signal.aborted && !rows.some((row) => row.status === "down" && this.#isStarting(row.node))
      ) {
        const table = this.#changes.take(formatStatusTable(rows));
        if (table !== null) terminal.block(table);
      }
      await sleep(clock, POLL_MS, signal);
    }
  }

  #isStarting(node: number): boolean {
    const { startedAt } = this.#nodes[node]!;
    return startedAt !== null && this.#options.clock.now() - startedAt < STARTING_MS;
  }

  async #survey(): Promise<readonly NodeReport[]> {
    const { config, fetch: ask = fetch } = this.#options;
    const endpoints = config.httpAddresses.map((_, node) => nodeUrl(config, node));
    try {
      const { signal } = this.#ended;
      return await surveyNodes(endpoints, { fetch: ask, timeoutMs: STATUS_TIMEOUT_MS, signal });
    } catch (error) {
      // A node that refuses to say how it is (it is only just starting, say) shows as down.
      if (error instanceof TroupeError || this.#ended.signal.aborted) return [];
      throw error;
    }
  }
}
