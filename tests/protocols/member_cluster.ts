import { type Ref, refTo } from "../../actors/ref.ts";
import { ActorSystem } from "../../actors/system.ts";
import { VirtualEnvironment } from "../../actors/virtual_environment.ts";
import {
  type ClientReply,
  clientReply,
  type ClientRequest,
  clientRequest,
  type QueryConsistency,
} from "../../protocols/client_messages.ts";
import type { VolumeConfiguration } from "../../protocols/master/configuration.ts";
import type { MembershipEvent, MembershipRequest } from "../../protocols/master/membership.ts";
import { encodeRequest } from "../../protocols/request.ts";
import { journal } from "../../storage/journal.ts";
import type { Fate } from "../../transport/memory.ts";
import type { MemoryDisk } from "../storage/memory_disk.ts";
import { bytesOf, textOf } from "../vr/machine.ts";
import { BOUNDED, VirtualCluster, VirtualNode, type VirtualOptions } from "./virtual_cluster.ts";

/** How a cluster that has a master differs from the ordinary one. */
export interface MemberOptions extends VirtualOptions {
  /** Default 3. */
  readonly nodes?: number;
}

/** What the test, as the master, decides; the rest is as usual. */
export type Decision = Partial<
  Pick<VolumeConfiguration, "epoch" | "leaving" | "writable"> & { readonly joining: number | null }
>;

/** Replies to one request of a client. */
export interface Attempt {
  readonly replies: readonly ClientReply[];
  /** The nodes that they came from. */
  readonly from: readonly number[];
}

/** The node that clients live on. */
const CLIENT_NODE = 100;
/** Far beyond the end of any test, in milliseconds. */
const FOREVER = 1e9;

type ReadyRequest = Extract<MembershipRequest, { type: "ready" }>;

/** One node, as its master sees it. */
export class MemberNode extends VirtualNode {
  /** What the replica has told the membership, signs of life aside. */
  told: MembershipRequest[] = [];
  /** The replica that has said who it is. */
  ready: ReadyRequest | undefined;
  /** Until when it may read; `undefined` if the test has not said. */
  leaseUntil: number | undefined;

  get birth(): number {
    return this.ready?.birth ?? 0;
  }

  /** What the replica has said of a kind. */
  toldOf<T extends MembershipRequest["type"]>(type: T): Extract<MembershipRequest, { type: T }>[] {
    return this.told.filter((each) => each.type === type) as never;
  }
}

/** Replicas whose members a master decides on, and their clients. The test is the master. */
export abstract class MemberCluster<
  Node extends MemberNode,
  Message extends { readonly type: string },
> extends VirtualCluster<Node, Message> {
  /** The newest configuration. */
  configuration: VolumeConfiguration | undefined;
  /** Whether members have a lease for ever, unless the test says otherwise. */
  isLeasing = true;
  readonly #clients: ActorSystem;
  #attempts = 0;
  readonly #attemptsFrom = new Map<string, number[]>();

  constructor(options: MemberOptions, newNode: (index: number, disk: MemoryDisk) => Node) {
    super(options, options.nodes ?? 3, newNode);
    const environment = new VirtualEnvironment(this.clock, { seed: this.seed, name: "clients" });
    this.#clients = new ActorSystem({ node: CLIENT_NODE, environment });
    this.network.join(this.#clients);
    this.network.intercept(({ from, to }) => {
      this.#attemptsFrom.get(to.name)?.push(from);
      return undefined;
    });
  }

  /** Starts the client table and the replica of a node. */
  protected abstract spawnReplica(node: Node, system: ActorSystem): void;

  /** Starts all nodes and makes them members, in the order of their indices. */
  form(): void {
    for (const { index } of this.nodes) this.start(index);
    this.until(() => this.nodes.every((node) => node.ready !== undefined), 500, "readiness");
    this.assign(this.nodes.map(({ index }) => index));
    this.settle();
  }

  // The master

  /** Decides who the members are, and tells all nodes, or those given only. */
  assign(members: readonly number[], decision: Decision = {}, tell?: readonly number[]): void {
    const epoch = decision.epoch ?? (this.configuration?.epoch ?? 0) + 1;
    const memberOf = (node: number) => ({ node, birth: this.node(node).birth });
    const { joining = null, leaving = null, writable = true } = decision;
    this.configuration = {
      volume: 0,
      epoch,
      members: members.map(memberOf),
      joining: joining === null ? null : memberOf(joining),
      leaving,
      writable,
    };
    for (const node of tell ?? this.nodes.map(({ index }) => index)) this.tell(node);
  }

  /** Tells a node the newest configuration. */
  tell(index: number): void {
    const { configuration } = this;
    if (configuration === undefined) return;
    this.#say(index, { type: "assigned", volume: configuration });
    if (this.isLeasing) this.lease(index, this.node(index).leaseUntil ?? FOREVER);
  }

  /** Gives a node a lease until then. */
  lease(index: number, until: number): void {
    this.node(index).leaseUntil = until;
    this.#say(index, { type: "lease", until });
  }

  /** Runs for long enough that everything that is under way is done. */
  settle(): void {
    this.run(300);
  }

  // Faults

  /** The process dies and is started again; the master says the same as before. */
  override restart(index: number): void {
    super.restart(index);
    this.#welcome(index);
  }

  /** One actor of a node fails, and is told the configuration again when it is back. */
  crashActor(index: number, name: "journal" | "client-table" | "replica"): void {
    const node = this.node(index);
    node.ready = undefined;
    node.system!.crash(name);
    this.#welcome(index);
  }

  /** Decides on the fate of messages between replicas; returns what undoes it. */
  onMessage(decide: (message: Message, from: number, to: number) => Fate | undefined): () => void {
    return this.network.intercept(({ from, to, message }) =>
      to.name === "replica" ? decide(message as Message, from, to.node) : undefined
    );
  }

  /** Drops messages of some kinds between replicas; returns what undoes it. */
  drop(...types: Message["type"][]): () => void {
    return this.onMessage(({ type }) => types.includes(type) ? { copies: 0 } : undefined);
  }

  // Clients

  ask(node: number, request: (replyTo: Ref<ClientReply>) => ClientRequest): Attempt {
    const name = `attempt-${++this.#attempts}`;
    const replies: ClientReply[] = [];
    const from: number[] = [];
    this.#attemptsFrom.set(name, from);
    this.#clients.expose(name, clientReply);
    this.#clients.spawn<ClientReply>(name, () => ({
      receive: (reply) => void replies.push(reply),
    }));
    const replyTo: Ref<ClientReply> = refTo(CLIENT_NODE, name);
    this.#clients.send(refTo(node, "client-table", clientRequest), request(replyTo));
    return { replies, from };
  }

  submit(node: number, clientId: number, requestNumber: number, command: string): Attempt {
    const id = { clientId, requestNumber };
    return this.#submit(node, encodeRequest({ type: "command", ...id, command: bytesOf(command) }));
  }

  query(node: number, object: string, consistency: QueryConsistency = "linearizable"): Attempt {
    const what = { type: "query", query: bytesOf(object), consistency, forward: true } as const;
    return this.ask(node, (replyTo) => ({ ...what, replyTo }));
  }

  /** Asks a node to open a session. */
  open(node = 0): Attempt {
    const nonce = ++this.#attempts;
    return this.#submit(node, encodeRequest({ type: "open-session", nonce, sessionsMax: 100 }));
  }

  /** Opens a session at a node. */
  session(node = 0): number {
    const reply = this.answer(this.open(node));
    if (reply.type !== "session") throw new Error(`no session, but ${reply.type}`);
    return reply.clientId;
  }

  answer(attempt: Attempt): ClientReply {
    this.until(() => attempt.replies.length > 0, 5_000, "an answer");
    return attempt.replies[0]!;
  }

  /** Has commands executed, one after the other, by one client. */
  execute(clientId: number, first: number, commands: readonly string[], node = 0): string[] {
    return commands.map((command, index) =>
      show(this.answer(this.submit(node, clientId, first + index, command)))
    );
  }

  /** Reads an object at a node, linearizably. */
  read(node: number, object: string): string {
    return show(this.answer(this.query(node, object)));
  }

  protected override spawn(node: Node, system: ActorSystem): void {
    node.ready = undefined;
    system.spawn<MembershipRequest>("membership", () => ({
      receive: (request) => {
        if (request.type === "ready") node.ready = request;
        if (request.type !== "heard") node.told.push(request);
      },
    }));
    system.spawn("journal", journal(node.disk, { preallocateBytes: 0 }), BOUNDED);
    this.spawnReplica(node, system);
  }

  #submit(node: number, request: Uint8Array): Attempt {
    return this.ask(node, (replyTo) => ({ type: "submit", request, forward: true, replyTo }));
  }

  #say(index: number, event: MembershipEvent): void {
    const node = this.node(index);
    if (node.ready !== undefined) node.system?.send(node.ready.replyTo, event);
  }

  /** Waits until a replica is back, and tells it what its predecessor knew. */
  #welcome(index: number): void {
    this.until(() => this.node(index).ready !== undefined, 1_000, "readiness");
    this.tell(index);
  }
}

/** A reply as text: the result, or what it is. */
export function show(reply: ClientReply): string {
  return reply.type === "result" ? textOf(reply.result) : reply.type;
}
