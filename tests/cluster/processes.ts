/**
 * A cluster of real processes on this machine, for tests that kill, stop and damage them. It keeps its
 * files in a temporary directory and leaves nothing behind.
 *
 * @module
 */
import type { NodeStatus, VolumeStatus } from "../../transport/service.ts";
import { membersOf } from "../../transport/status.ts";
import { NodeProcess } from "./node_process.ts";
import { PortBlock } from "./ports.ts";
import { until } from "./until.ts";

/** What these tests need of the machine and of the permissions. */
export const MAY_RUN_CLUSTERS = Deno.build.os !== "windows" &&
  (["run", "net", "read", "write", "env"] as const)
    .every((name) => Deno.permissions.querySync({ name }).state === "granted");

/** How a cluster of processes is set up. */
export interface ProcessClusterOptions {
  /** How many nodes. @default {3} */
  readonly nodes?: number;
  /** How many members each volume is to have, with a protocol that has volumes. @default {all nodes} */
  readonly replicas?: number;
  /** Whether clients of Redis are served. @default {false} */
  readonly resp?: boolean;
  /** Lines for the configuration file; timeouts are always the default ones. */
  readonly config?: string;
}

/** A node, and what it said of itself. */
export interface Seen {
  readonly node: NodeProcess;
  readonly status: NodeStatus;
}

/** The name of every cluster that these tests start. */
export const CLUSTER_NAME = "processes";

/** A running cluster. */
export class ProcessCluster implements AsyncDisposable {
  /** Where everything is. */
  readonly directory: string;
  readonly nodes: readonly NodeProcess[];
  readonly #ports: PortBlock;
  readonly #replicas: number;
  readonly #onDispose: (() => Promise<void>)[] = [];

  private constructor(directory: string, ports: PortBlock, options: ProcessClusterOptions) {
    const { nodes = 3 } = options;
    this.directory = directory;
    this.#ports = ports;
    this.#replicas = options.replicas ?? nodes;
    const configFile = this.writeConfig("cluster.yaml", { ...options, nodes });
    this.nodes = Array.from({ length: nodes }, (_, index) =>
      new NodeProcess({
        configFile,
        index,
        url: `http://127.0.0.1:${ports.at(index)}`,
        peerPort: ports.at(nodes + index),
        directory: `${directory}/data/node-${index}`,
      }));
  }

  /** Makes the files of a cluster, and starts no node yet. */
  static create(options: ProcessClusterOptions = {}): ProcessCluster {
    const ports = PortBlock.take();
    const directory = Deno.makeTempDirSync({ prefix: "troupe-processes-" });
    return new ProcessCluster(directory, ports, options);
  }

  /** Starts a cluster, and waits until it serves. */
  static async start(options: ProcessClusterOptions = {}): Promise<ProcessCluster> {
    const cluster = ProcessCluster.create(options);
    try {
      for (const node of cluster.nodes) node.start();
      await cluster.whole();
      return cluster;
    } catch (error) {
      await cluster[Symbol.asyncDispose]();
      throw error;
    }
  }

  /** The base addresses of all nodes. */
  get endpoints(): string[] {
    return this.nodes.map(({ url }) => url);
  }

  /** Where node `index` serves clients of Redis, if it does. */
  respPort(index: number): number {
    return this.#ports.at(2 * this.nodes.length + index);
  }

  /** A port of the cluster's that no node uses, as long as no clients of Redis are served. */
  spare(index: number): number {
    return this.#ports.at(2 * this.nodes.length + index);
  }

  /** Writes a configuration for the addresses of this cluster, and returns the name of the file. */
  writeConfig(
    file: string,
    options: ProcessClusterOptions & {
      readonly name?: string;
      readonly data?: string;
      readonly port?: (index: number) => number;
    } = {},
  ): string {
    const { nodes = this.nodes.length, name = CLUSTER_NAME, config = "" } = options;
    const { data = `${this.directory}/data`, port = (index) => this.#ports.at(index) } = options;
    const list = (from: number) =>
      Array.from({ length: nodes }, (_, index) => `"127.0.0.1:${port(from + index)}"`).join(", ");
    const path = `${this.directory}/${file}`;
    const where = config.includes("durability: memory") ? "" : `data: ${data}`;
    Deno.writeTextFileSync(
      path,
      `cluster: ${name}
${where}
http_addresses: [${list(0)}]
replicas_addresses: [${list(nodes)}]
resp_addresses: [${options.resp === true ? list(2 * nodes) : ""}]
${config}
`,
    );
    return path;
  }

  /** Has something done when the cluster is gone. */
  onDispose(task: () => Promise<void>): void {
    this.#onDispose.push(task);
  }

  /** Looks until there is something to see; where the nodes stand is in the error if there never is. */
  until<T>(what: string, look: () => Promise<T | undefined | false>): Promise<T> {
    return until(what, look, () => this.#standing());
  }

  /** Waits until some node other than `except` is primary, and a majority agree on it. */
  primary(except?: NodeProcess): Promise<NodeProcess> {
    return this.until("a majority agree on a primary", async () => {
      const seen = (await this.survey()).filter(({ status }) => status.status === "normal");
      const leader = seen.find(({ node, status }) => status.role === "primary" && node !== except);
      if (leader === undefined) return undefined;
      const { view } = leader.status;
      const agreeing = seen.filter(({ status }) => status.view === view);
      return 2 * agreeing.length > this.nodes.length ? leader.node : undefined;
    });
  }

  /** A node that is not primary now. */
  async backup(): Promise<NodeProcess> {
    const primary = await this.primary();
    return this.nodes.find((node) => node !== primary && node.isRunning)!;
  }

  /** Waits until all nodes are normal in one view; all of them members of every chain, if there are chains. */
  whole(): Promise<readonly Seen[]> {
    return this.until("all nodes are normal in one view", async () => {
      const seen = await this.survey();
      const view = seen[0]?.status.view;
      const isWhole = seen.length === this.nodes.length &&
        seen.every(({ status }) =>
          status.status === "normal" && status.view === view && this.#hasWholeVolumes(status)
        );
      return isWhole ? seen : undefined;
    });
  }

  /** Waits until a node has a role in the chain of volume 0 and may serve, and returns it. */
  member(role: "head" | "middle" | "tail"): Promise<NodeProcess> {
    return this.until(`some node is ${role}`, async () => {
      const seen = await this.survey();
      return seen.find(({ status }) => {
        const [volume] = status.volumes ?? [];
        return volume?.role === role && volume.leaseMs > 0;
      })?.node;
    });
  }

  /** Waits until a node is a member of some volume and may serve, and returns it. */
  server(node: NodeProcess): Promise<NodeProcess> {
    return this.until(`node ${node.index} serves`, async () => {
      const { volumes = [] } = await node.status() ?? {};
      return volumes.some(({ role, leaseMs }) => role === "member" && leaseMs > 0) && node;
    });
  }

  /** Waits until the master's group has a primary, and returns its node. */
  masterPrimary(): Promise<NodeProcess> {
    return this.until("the master has a primary", async () => {
      const seen = await this.survey();
      return seen.find(({ node, status: { master } }) =>
        master?.status === "normal" && master.primary === node.index
      )?.node;
    });
  }

  #hasWholeVolumes({ node, volumes = [] }: NodeStatus): boolean {
    return volumes.every((volume) => {
      const { joining, leaving, leaseMs } = volume;
      const members = membersOf(volume);
      return members.length === this.#replicas && joining === null && leaving === null &&
        (leaseMs > 0 || !members.includes(node));
    });
  }

  /**
   * Waits until all nodes are normal in one view and have the same log, all of it committed; or, where
   * there is none, know of every key that it is.
   */
  settled(): Promise<readonly Seen[]> {
    return this.until("all nodes have the same, all of it committed", async () => {
      const seen = await this.whole();
      if (seen.some(({ status }) => status.protocol === "hermes")) {
        return seen.every(({ status }) => status.volumes?.every(isSettled)) && seen;
      }
      const numbers = new Set(
        seen.flatMap(({ status }) => [status.opNumber, status.commitNumber]),
      );
      return numbers.size === 1 ? seen : undefined;
    });
  }

  /** Asks all nodes at once; those that do not answer are left out. */
  async survey(): Promise<readonly Seen[]> {
    const seen = await Promise.all(this.nodes.map(async (node) => {
      const status = await node.status();
      return status === undefined ? [] : [{ node, status }];
    }));
    return seen.flat();
  }

  /** Where all nodes stand, and what they last wrote. */
  async describe(): Promise<string> {
    return [await this.#standing(), ...this.nodes.map((node) => node.describe())].join("\n");
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await Promise.all(this.nodes.map((node) => node[Symbol.asyncDispose]()));
    for (const task of this.#onDispose) await task();
    await Deno.remove(this.directory, { recursive: true });
    this.#ports[Symbol.dispose]();
  }

  async #standing(): Promise<string> {
    return (await this.survey()).map(({ status }) => {
      const { node, role, status: state, view, opNumber, commitNumber, primary } = status;
      return JSON.stringify({ node, role, state, view, opNumber, commitNumber, primary });
    }).join("\n");
  }
}

/** What somebody has that has no part in the volume any more interests nobody. */
function isSettled(volume: VolumeStatus): boolean {
  if ("order" in volume || volume.role === "spare") return true;
  const { updates, states: { invalid, write, replay, trans } } = volume;
  return updates + invalid + write + replay + trans === 0;
}
