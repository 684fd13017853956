import type { ShutdownPhase } from "../../actors/shutdown.ts";
import { shutdown } from "../../actors/shutdown.ts";
import { RealEnvironment } from "../../actors/real_environment.ts";
import { ActorSystem } from "../../actors/system.ts";
import type { StateMachine } from "../../protocols/state_machine.ts";
import { REQUEST_HEADER_BYTES } from "../../protocols/request.ts";
import { DataDirectory } from "../../storage/data_directory.ts";
import { type Address, formatAddress } from "../../transport/address.ts";
import { httpGateway } from "../../transport/http/app.ts";
import { type HttpAddress, type HttpServer, serveHttp } from "../../transport/http/server.ts";
import { type RespServer, serveResp } from "../../transport/resp/server.ts";
import type {
  Answer,
  ClusterAdmin,
  Metric,
  NodeStatus,
  QueryOptions,
  ReadinessCheck,
  Service,
  SubmitOptions,
} from "../../transport/service.ts";
import { TcpTransport } from "../../transport/tcp.ts";
import { type ClusterConfig, nodeAddresses } from "../config.ts";
import { requireAnyMachine } from "../config/own_machine.ts";
import type { Protocol } from "../config/types/cluster.ts";
import { actorMetrics } from "./actor_metrics.ts";
import { consoleLog, type LogSink } from "./log.ts";
import { requireShape } from "./data_shape.ts";
import { builtInMachine } from "./machine.ts";
import type { ProtocolNode, ProtocolRunner } from "./protocol_node.ts";
import { ChainNode } from "./chain_node.ts";
import { GossipNode } from "./gossip_node.ts";
import { HermesNode } from "./hermes_node.ts";
import type { NodePlace } from "./node_place.ts";
import { loadMerges, type Merges } from "./strategies.ts";
import { VrNode } from "./vr_node.ts";

/** How a node is started. */
export interface NodeOptions {
  /** The same at every node. */
  readonly config: ClusterConfig;
  /** Which of the configuration's replicas this node is, from 0. */
  readonly index: number;
  /**
   * With the protocol `gossip`: where the node is, if the configuration does not list its index. It joins by
   * the nodes that are listed.
   *
   * @default {where the configuration says}
   */
  readonly joining?: NodePlace;
  /**
   * Makes the state machine, in its initial state. The same at every node. The protocols `hermes`
   * and `gossip` take none: they replicate the key-value store only.
   *
   * @default {the one that the configuration's `state_machine` names}
   */
  readonly machine?: () => StateMachine;
  /**
   * Adds the HTTP routes that break things on purpose.
   *
   * @default {false}
   */
  readonly dev?: boolean;
  /**
   * Takes the log lines, of all levels. By default those of the configuration's `log` level and above
   * go to standard error.
   */
  readonly onLog?: LogSink;
  /** Called when the node has failed for good and is stopped: an actor failed too often, say. */
  readonly onFailure?: (error: unknown) => void;
}

const PROTOCOL_RUNNERS: Readonly<Record<Protocol, ProtocolRunner>> = {
  vr: VrNode,
  chain: ChainNode,
  hermes: HermesNode,
  gossip: GossipNode,
};
/** How long each phase of a shutdown may take, in milliseconds. */
const PHASE_MS = 3_000;

/** A running node: its actors, its links to the other nodes, its HTTP and RESP servers. */
export class Node implements Service, AsyncDisposable {
  readonly #options: NodeOptions;
  readonly #place: NodePlace;
  readonly #startedAt: number;
  readonly #environment: RealEnvironment;
  readonly #system: ActorSystem;
  readonly #transport: TcpTransport;
  readonly #protocol: ProtocolNode;
  readonly #directory: DataDirectory | undefined;
  #http: HttpServer | undefined;
  #resp: RespServer | undefined;
  #stopped: Promise<boolean> | undefined;

  private constructor(
    options: NodeOptions,
    place: NodePlace,
    directory: DataDirectory | undefined,
    merges: Merges,
  ) {
    const { config, index, machine = builtInMachine(options.config) } = options;
    this.#place = place;
    this.#options = options;
    this.#directory = directory;
    this.#environment = new RealEnvironment({ onLog: options.onLog ?? consoleLog(config.log) });
    this.#startedAt = this.#environment.now();
    const runner = PROTOCOL_RUNNERS[config.protocol];
    this.#system = new ActorSystem({
      node: index,
      environment: this.#environment,
      supervision: runner.supervision(config),
      onFailure: (error) => this.#fail(error),
    });
    const isOpen = config.protocol === "gossip";
    const addresses: (Address | undefined)[] = [...config.replicasAddresses];
    addresses[index] = place.peer;
    const transport = new TcpTransport(this.#system, {
      cluster: config.cluster,
      addresses,
      isOpen,
    });
    this.#transport = transport;
    transport.start();
    const disk = directory === undefined ? undefined : (name: string) => directory.disk(name);
    const reach = (node: number, place: NodePlace | undefined) =>
      place === undefined ? transport.forget(node) : transport.setAddress(node, place.peer);
    const means = { system: this.#system, config, disk, machine };
    this.#protocol = runner.start({ ...means, place, reach, merges });
  }

  /**
   * Starts a node: takes its data directory, joins the others, serves HTTP.
   *
   * @throws {ConfigError} if the configuration has no replica of that index, or if its protocol does not
   *   replicate state machines of the user's own and one is given.
   * @throws {TroupeError} if the directory is in use, another's, of another protocol, state machine or
   *   number of volumes, or not to be written, if a port is
   *   taken, or if an address is reachable from other machines and the configuration does not say
   *   `insecure`. Nothing is left running.
   */
  static async start(options: NodeOptions): Promise<Node> {
    const { config, index } = options;
    const log = options.onLog ?? consoleLog(config.log);
    if (options.machine !== undefined) requireAnyMachine(config);
    const { directory: path, resp, ...place } = nodeAddresses(config, index, options.joining);
    const merges = await loadMerges(config);
    const directory = config.durability === "memory" ? undefined : await DataDirectory.open({
      path,
      cluster: config.cluster,
      node: index,
      warn: (text) => log("warn", "data", text),
    });
    let node: Node;
    try {
      if (directory !== undefined) {
        requireShape(directory.path, config, options.machine !== undefined);
      }
      node = new Node(options, place, directory, merges);
    } catch (error) {
      await directory?.close();
      throw error;
    }
    try {
      node.#serve();
      if (resp !== undefined && options.machine === undefined) node.#serveResp(resp);
    } catch (error) {
      await node.stop();
      throw error;
    }
    return node;
  }

  /** Where the node serves HTTP; with port 0 in the configuration, the one that it was given. */
  get address(): HttpAddress {
    return this.#http!.address;
  }

  /** Where the node serves clients of Redis; `undefined` if it does not. */
  get respAddress(): { readonly hostname: string; readonly port: number } | undefined {
    return this.#resp?.address;
  }

  submit(command: Uint8Array, options?: SubmitOptions): Promise<Answer> {
    return this.#protocol.requests.submit(command, options);
  }

  query(query: Uint8Array, options?: QueryOptions): Promise<Answer> {
    return this.#protocol.requests.query(query, options);
  }

  openSession(options?: { timeoutMs?: number }): Promise<number> {
    return this.#protocol.requests.openSession(options);
  }

  status(): NodeStatus {
    const { config, index } = this.#options;
    return {
      cluster: config.cluster,
      node: index,
      pid: Deno.pid,
      protocol: config.protocol,
      ...this.#protocol.status(),
      uptimeMs: Math.round(this.#environment.now() - this.#startedAt),
      peers: this.#peers(),
      actors: this.#system.figures(),
    };
  }

  readiness(): readonly ReadinessCheck[] {
    return this.#protocol.readiness();
  }

  metrics(): readonly Metric[] {
    return [
      ...this.#protocol.metrics(),
      ...this.#transport.metrics(),
      ...actorMetrics(this.#system),
    ];
  }

  get admin(): ClusterAdmin | undefined {
    return this.#protocol.admin;
  }

  crashActor(name: string): void {
    this.#system.crash(name);
  }

  /**
   * Stops the node in phases: no new requests, then the actors, then links and files. Returns whether
   * each phase ended in time.
   */
  stop(): Promise<boolean> {
    return this.#stopped ??= shutdown(this.#phases(), this.#environment);
  }

  /** Stops the node like {@linkcode Node.stop}, at the end of an `await using`. */
  async [Symbol.asyncDispose](): Promise<void> {
    await this.stop();
  }

  #phases(): ShutdownPhase[] {
    return [
      {
        name: "requests",
        deadlineMs: PHASE_MS,
        tasks: [() => this.#http?.shutdown(), () => this.#resp?.shutdown()],
      },
      { name: "actors", deadlineMs: PHASE_MS, tasks: [() => this.#system.shutdown()] },
      {
        name: "links and files",
        deadlineMs: PHASE_MS,
        tasks: [() => this.#transport.close(), () => this.#directory?.close()],
      },
    ];
  }

  #serve(): void {
    const { config, machine, dev = false } = this.#options;
    const { gossip } = this.#protocol;
    const address = this.#place.http;
    const app = httpGateway(this, {
      machine: machine === undefined ? config.stateMachine : "own",
      keyBytesMax: config.limits.keyBytes,
      valueBytesMax: config.limits.valueBytes,
      requestMs: config.timeouts.requestMs,
      commandBytesMax: commandBytesMax(config),
      dev,
      ...(gossip && { gossip }),
      metrics: () => [...this.#http?.metrics() ?? [], ...this.#resp?.metrics() ?? []],
    });
    this.#http = serveHttp({
      app,
      hostname: address.host,
      port: address.port,
      hostnames: config.httpHosts,
      insecure: config.insecure,
      inFlightMax: config.limits.httpInFlightMax,
      shutdownMs: PHASE_MS - 500,
    });
  }

  #serveResp({ host, port }: Address): void {
    const { config } = this.#options;
    const { gossip } = this.#protocol;
    this.#resp = serveResp({
      service: this,
      ...(gossip && { gossip }),
      ...(hasOneOrder(config) && { batchBytesMax: commandBytesMax(config) }),
      hostname: host,
      port,
      insecure: config.insecure,
      order: config.respOrder,
      connectionsMax: config.limits.respConnectionsMax,
      keyBytesMax: config.limits.keyBytes,
      valueBytesMax: config.limits.valueBytes,
      requestMs: config.timeouts.requestMs,
      isDurable: config.durability === "disk",
      shutdownMs: PHASE_MS - 500,
    });
  }

  #peers(): NodeStatus["peers"] {
    const { index } = this.#options;
    const links = new Map(this.#transport.peers().map((link) => [link.node, link.connected]));
    const { suspected } = this.#protocol;
    return this.#places().map(([node, { http, peer }]) => ({
      node,
      http: `http://${formatAddress(http)}`,
      address: formatAddress(peer),
      connected: node === index || (links.get(node) ?? false),
      suspected: suspected.includes(node),
    }));
  }

  /** Where every node is, in the order of their indices. */
  #places(): (readonly [node: number, place: NodePlace])[] {
    const { config, index } = this.#options;
    const { places = new Map<number, NodePlace>(), left = [] } = this.#protocol;
    const configured = config.replicasAddresses.map((peer, node) =>
      [node, { peer, http: config.httpAddresses[node]! }] as const
    );
    const all = new Map([...configured, ...places, [index, this.#place] as const]);
    return [...all].filter(([node]) => node === index || !left.includes(node))
      .sort(([a], [b]) => a - b);
  }

  #fail(error: unknown): void {
    this.stop().then(() => this.#options.onFailure?.(error));
  }
}

/** The longest command that fits into an entry. */
function commandBytesMax({ batching }: ClusterConfig): number {
  return batching.entryBytesMax - REQUEST_HEADER_BYTES;
}

/** Whether the writes of all keys are in one order, so that a command may be about several. */
function hasOneOrder({ protocol, chain }: ClusterConfig): boolean {
  return protocol === "vr" || (protocol === "chain" && chain.volumes === 1);
}
