import { pause, until } from "../../tests/cluster/until.ts";
import type { Server } from "./server.ts";

/** How many nodes each cluster has. */
export const NODES = 3;

/** How a cluster of some system is found, and what tells that it is up. */
export interface ClusterParts {
  readonly name: string;
  /** The nodes' processes, none of which runs yet. */
  readonly servers: readonly Server[];
  /** Where each node keeps its files. */
  readonly directories: readonly string[];
  /** Where each node serves HTTP; empty for a system that does not. */
  readonly urls: readonly string[];
  /** Where each node speaks RESP; empty for a system that does not. */
  readonly respPorts: readonly number[];
  /** Where each node speaks ZooKeeper's protocol. @default {[]} */
  readonly zookeeperPorts?: readonly number[];
  /** Whether a node may serve. */
  isReady(node: number): Promise<boolean>;
  /** Whether nothing is missing any more that a lost node's return brings about. */
  isWhole(): Promise<boolean>;
  /** Who leads; `null` if nobody does. The first node of a system without a leader. */
  leader(): Promise<number | null>;
}

/** How long a node may take to be ready, in milliseconds: millions of keys are read again. */
const READY_MS = 300_000;
const POLL_MS = 5;

/** Three nodes as processes of their own, each of which can be killed, stopped and started. */
export class Cluster implements AsyncDisposable {
  readonly #parts: ClusterParts;

  constructor(parts: ClusterParts) {
    this.#parts = parts;
  }

  get name(): string {
    return this.#parts.name;
  }

  get servers(): readonly Server[] {
    return this.#parts.servers;
  }

  get directories(): readonly string[] {
    return this.#parts.directories;
  }

  get urls(): readonly string[] {
    return this.#parts.urls;
  }

  get respPorts(): readonly number[] {
    return this.#parts.respPorts;
  }

  get zookeeperPorts(): readonly number[] {
    return this.#parts.zookeeperPorts ?? [];
  }

  /** The processes that run. */
  get pids(): readonly number[] {
    return this.servers.map(({ pid }) => pid).filter((pid) => pid !== null);
  }

  /** Starts every node, and waits until all are ready. */
  async start(): Promise<void> {
    for (const server of this.servers) server.start();
    await this.ready();
  }

  /** Waits until all nodes are ready. */
  async ready(): Promise<void> {
    await Promise.all(this.servers.map((_, node) => this.nodeReady(node)));
  }

  /**
   * Waits until a node is ready.
   *
   * @throws {Error} if it ends, or takes longer than five minutes.
   */
  async nodeReady(node: number): Promise<void> {
    const server = this.servers[node]!;
    const deadline = performance.now() + READY_MS;
    while (!await this.#parts.isReady(node)) {
      if (server.pid === null || performance.now() > deadline) {
        const what = server.pid === null ? "has ended" : "is not ready";
        throw new Error(`${this.name}: node ${node} ${what}; it wrote\n${server.log}`);
      }
      await pause(POLL_MS);
    }
  }

  /** Waits until all nodes are ready, and all have their part again. */
  async whole(): Promise<void> {
    await this.ready();
    await until(`${this.name} is whole`, () => this.#parts.isWhole());
  }

  /** Waits until some node leads, and returns it. */
  async leader(): Promise<number> {
    const found = await until(`a node of ${this.name} leads`, async () => {
      const node = await this.#parts.leader();
      return node !== null && { node };
    });
    return found.node;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await Promise.all(this.servers.map((server) => server[Symbol.asyncDispose]()));
  }
}
