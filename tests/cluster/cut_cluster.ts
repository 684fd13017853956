/**
 * A gossip cluster of real processes whose links go through this one, which can cut them: each node has a
 * configuration of its own, in which the others are at the near ends of its links.
 *
 * @module
 */
import type { GossipFigures } from "../../protocols/gossip/figures.ts";
import { NodeProcess } from "./node_process.ts";
import { PortBlock } from "./ports.ts";
import { until } from "./until.ts";

/** One direction between two nodes, through which only messages of the one who dials go. */
class Link implements AsyncDisposable {
  readonly #listener: Deno.TcpListener;
  readonly #target: number;
  readonly #open = new Set<Deno.TcpConn>();
  readonly #done: Promise<void>;
  #isCut = false;

  constructor(port: number, target: number) {
    this.#listener = Deno.listen({ hostname: "127.0.0.1", port });
    this.#target = target;
    this.#done = this.#accept();
  }

  /** Lets nothing through any more, what is on its way included; or lets it again. */
  set isCut(isCut: boolean) {
    this.#isCut = isCut;
    if (isCut) { for (const connection of [...this.#open]) this.#close(connection); }
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.isCut = true;
    this.#listener.close();
    await this.#done;
  }

  async #accept(): Promise<void> {
    const pipes: Promise<void>[] = [];
    try {
      for await (const near of this.#listener) pipes.push(this.#carry(near));
    } catch (error) {
      if (!(error instanceof Deno.errors.BadResource)) throw error;
    }
    await Promise.all(pipes);
  }

  async #carry(near: Deno.TcpConn): Promise<void> {
    this.#open.add(near);
    if (this.#isCut) return this.#close(near);
    try {
      const far = await Deno.connect({ hostname: "127.0.0.1", port: this.#target });
      this.#open.add(far);
      // It was cut meanwhile.
      if (!this.#open.has(near)) this.#close(far);
      await Promise.allSettled([pipe(near, far), pipe(far, near)]);
      this.#close(far);
    } catch {
      // Nobody is there: the one who dialled is told by the end of its connection.
    }
    this.#close(near);
  }

  #close(connection: Deno.TcpConn): void {
    if (!this.#open.delete(connection)) return;
    try {
      connection.close();
    } catch (error) {
      if (!(error instanceof Deno.errors.BadResource)) throw error;
    }
  }
}

/** Ends with the first of the two, and takes the other one with it. */
async function pipe(from: Deno.TcpConn, to: Deno.TcpConn): Promise<void> {
  await from.readable.pipeTo(to.writable);
}

/** A cluster of three whose links can be cut. */
export class CutCluster implements AsyncDisposable {
  readonly nodes: readonly NodeProcess[];
  readonly #directory = Deno.makeTempDirSync({ prefix: "troupe-cut-" });
  readonly #ports = PortBlock.take();
  readonly #links: readonly Link[];

  private constructor(config: string) {
    const indices = [0, 1, 2];
    const http = (node: number) => this.#ports.at(node);
    const peer = (node: number) => this.#ports.at(3 + node);
    const near = (from: number, to: number) => this.#ports.at(6 + 3 * from + to);
    const pairs = indices.flatMap((from) =>
      indices.filter((to) => to !== from).map((to) => [from, to] as const)
    );
    this.#links = pairs.map(([from, to]) => new Link(near(from, to), peer(to)));
    const list = (port: (node: number) => number) =>
      indices.map((node) => `"127.0.0.1:${port(node)}"`).join(", ");
    this.nodes = indices.map((index) => {
      const configFile = `${this.#directory}/node-${index}.yaml`;
      const seen = (node: number) => node === index ? peer(node) : near(index, node);
      Deno.writeTextFileSync(
        configFile,
        `cluster: cut\nprotocol: gossip\ndata: ${this.#directory}/data\n` +
          `http_addresses: [${list(http)}]\nreplicas_addresses: [${list(seen)}]\n` +
          `resp_addresses: []\n${config}\n`,
      );
      const url = `http://127.0.0.1:${http(index)}`;
      const directory = `${this.#directory}/data/node-${index}`;
      return new NodeProcess({ configFile, index, url, peerPort: peer(index), directory });
    });
  }

  /** Starts a cluster with more lines in its configuration, and waits until it serves. */
  static async start(config: string): Promise<CutCluster> {
    const cluster = new CutCluster(config);
    try {
      for (const node of cluster.nodes) node.start();
      await cluster.until(
        "all are members",
        (all) =>
          all.length === 3 && all.every((f) => f.state === "ready" && f.members.length === 3),
      );
      return cluster;
    } catch (error) {
      await cluster[Symbol.asyncDispose]();
      throw error;
    }
  }

  /** Leaves every node alone; or brings them together again. */
  set isCut(isCut: boolean) {
    for (const link of this.#links) link.isCut = isCut;
  }

  /** Waits until the replicas, of those nodes that answer, stand as they should. */
  until(what: string, holds: (figures: readonly GossipFigures[]) => boolean): Promise<true> {
    return until(what, async () => holds(await this.#figures()) && true as const, async () => {
      const standing = JSON.stringify(await this.#figures());
      return [standing, ...this.nodes.map((node) => node.describe())].join("\n");
    });
  }

  /** Waits until all show the same, knowing so many events at least. */
  async converged(events: number): Promise<void> {
    await this.until(
      "all show the same",
      (all) =>
        all.length === 3 && new Set(all.map(({ fingerprint }) => fingerprint)).size === 1 &&
        all.every(({ clock }) => clock.reduce((sum, [, , count]) => sum + count, 0) >= events),
    );
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await Promise.all(this.nodes.map((node) => node[Symbol.asyncDispose]()));
    await Promise.all(this.#links.map((link) => link[Symbol.asyncDispose]()));
    await Deno.remove(this.#directory, { recursive: true });
    this.#ports[Symbol.dispose]();
  }

  async #figures(): Promise<readonly GossipFigures[]> {
    const all = await Promise.all(this.nodes.map((node) => node.status()));
    return all.flatMap((status) => status?.gossip ?? []);
  }
}
