/**
 * Clients of a simulated cluster, each of which asks for one thing after the other.
 *
 * @module
 */
import type { Actor } from "../../actors/actor.ts";
import { type RandomStream, randomStream } from "../../actors/random.ts";
import { refTo } from "../../actors/ref.ts";
import { ActorSystem } from "../../actors/system.ts";
import type { VirtualClock } from "../../actors/virtual_environment.ts";
import {
  type ClientReply,
  clientReply,
  type ClientRequest,
  clientRequest,
} from "../../protocols/client_messages.ts";
import { encodeCommand, encodeQuery } from "../../protocols/kv/commands.ts";
import { encodeRequest } from "../../protocols/request.ts";
import { CLIENT_NODE } from "../../sim/client_pool.ts";
import { NodeEnvironment } from "../../sim/environment.ts";
import type { World } from "../../sim/world.ts";
import type { ChooseKey } from "./keys.ts";
import type { SimulatedSystem } from "./systems.ts";

/** What clients do. */
export interface Work {
  /** Which part of the operations are writes, from 0 to 1; the others are linearizable reads. */
  readonly writes: number;
  readonly keys: ChooseKey;
  /** The node that each client asks: one client each. */
  readonly clients: readonly number[];
  /**
   * How many operations a second all clients are to ask for; as many as are answered, if undefined. A client
   * whose time has come before it is answered asks as soon as it is.
   */
  readonly perSecond?: number;
  /** How long it takes until everything is under way, and is not counted, in milliseconds. */
  readonly warmUpMs: number;
  /** How long is counted, in milliseconds. */
  readonly measuredMs: number;
}

/** What came of it. */
export interface Measured {
  /** Operations a second. */
  readonly perSecond: number;
  /** How long those of each kind took, in milliseconds of virtual time, the fastest first. */
  readonly readMs: readonly number[];
  readonly writeMs: readonly number[];
  /** How many were refused. */
  readonly refused: number;
}

const VALUE = new Uint8Array(32);
const SESSIONS_MAX = 10_000;
/** How long it may take until every client has a session, in milliseconds of virtual time. */
const OPENING_MS = 10_000;

/** Has clients at work, and counts. */
export function measure({ world, table }: SimulatedSystem, work: Work): Measured {
  const clients = new Clients(world, table, work);
  clients.openSessions();
  if (!world.runUntil(() => clients.areReady, OPENING_MS)) throw new Error(world.describe());
  clients.start();
  world.runFor(work.warmUpMs);
  clients.forget();
  world.runFor(work.measuredMs);
  if (world.violations.length > 0) throw new Error(world.violations.join("\n"));
  return clients.measured;
}

/** All clients, in one process that costs no time. */
class Clients {
  readonly #work: Work;
  readonly #clients: Client[];

  constructor(world: World, table: string, work: Work) {
    const { clock, hash, seed } = world;
    const environment = new NodeEnvironment({
      clock,
      hash,
      seed,
      node: CLIENT_NODE,
      name: "clients",
      wallTime: (at) => at,
      onLog: () => {},
      maybe: () => false,
    });
    this.#work = work;
    const system = new ActorSystem({ node: CLIENT_NODE, environment });
    world.network.join(system);
    this.#clients = work.clients.map((node, index) => {
      const name = `client-${index}`;
      const target = refTo<ClientRequest>(node, table, clientRequest);
      const client = new Client(name, work, clock, (request) => system.send(target, request));
      system.expose(name, clientReply);
      system.spawn<ClientReply>(name, () => client);
      return client;
    });
  }

  /** Before there is any load, which would hold them up. Who only reads needs none. */
  openSessions(): void {
    if (this.#work.writes > 0) { for (const client of this.#clients) client.openSession(); }
  }

  get areReady(): boolean {
    return this.#work.writes === 0 || this.#clients.every(({ hasSession }) => hasSession);
  }

  start(): void {
    for (const client of this.#clients) client.goOn();
  }

  /** What has been so far does not count. */
  forget(): void {
    for (const client of this.#clients) client.forget();
  }

  get measured(): Measured {
    const latencies = (of: "readMs" | "writeMs") =>
      this.#clients.flatMap((client) => client[of]).sort((a, b) => a - b);
    const readMs = latencies("readMs");
    const writeMs = latencies("writeMs");
    const perSecond = (readMs.length + writeMs.length) / this.#work.measuredMs * 1_000;
    const refused = this.#clients.reduce((sum, client) => sum + client.refused, 0);
    return { perSecond, readMs, writeMs, refused };
  }
}

/** Asks for one thing after the other. */
class Client implements Actor<ClientReply> {
  readMs: number[] = [];
  writeMs: number[] = [];
  refused = 0;
  readonly #name: string;
  readonly #work: Work;
  readonly #clock: VirtualClock;
  readonly #ask: (request: ClientRequest) => void;
  readonly #random: RandomStream;
  #clientId = 0;
  #requestNumber = 0;
  /** What is under way; only the opening of a session, if nothing. */
  #operation: "read" | "write" | undefined;
  #askedAt = 0;
  /** When it is to ask next, if it asks at times of its own. */
  #dueAt: number;

  constructor(
    name: string,
    work: Work,
    clock: VirtualClock,
    ask: (request: ClientRequest) => void,
  ) {
    this.#name = name;
    this.#work = work;
    this.#clock = clock;
    this.#ask = ask;
    this.#random = randomStream(1, name);
    this.#dueAt = clock.now;
  }

  get hasSession(): boolean {
    return this.#clientId > 0;
  }

  openSession(): void {
    const nonce = Math.floor(this.#random() * 2 ** 52);
    this.#submit({ type: "open-session", nonce, sessionsMax: SESSIONS_MAX });
  }

  #start(): void {
    const key = `key-${this.#work.keys(this.#random)}`;
    this.#operation = this.#random() < this.#work.writes ? "write" : "read";
    this.#askedAt = this.#clock.now;
    if (this.#operation === "read") this.#read(key);
    else this.#write(key);
  }

  receive(reply: ClientReply): void {
    if (reply.type === "session") this.#clientId = reply.clientId;
    else if (this.#operation === undefined) this.openSession();
    if (this.#operation === undefined) return;
    if (reply.type !== "result") this.refused++;
    else this[`${this.#operation}Ms`].push(this.#clock.now - this.#askedAt);
    this.goOn();
  }

  /** Between two operations lies a random time, as if many came and went. */
  goOn(): void {
    const { perSecond, clients } = this.#work;
    if (perSecond === undefined) return this.#start();
    const meanMs = 1_000 * clients.length / perSecond;
    this.#dueAt = Math.max(this.#dueAt - Math.log(1 - this.#random()) * meanMs, this.#clock.now);
    this.#clock.after(this.#dueAt - this.#clock.now, () => this.#start());
  }

  forget(): void {
    this.readMs = [];
    this.writeMs = [];
    this.refused = 0;
  }

  #read(key: string): void {
    const query = encodeQuery({ type: "get", key });
    const replyTo = refTo<ClientReply>(CLIENT_NODE, this.#name);
    this.#ask({ type: "query", query, consistency: "linearizable", forward: true, replyTo });
  }

  #write(key: string): void {
    const clientId = this.#clientId;
    const requestNumber = ++this.#requestNumber;
    const command = encodeCommand({ type: "put", key, value: VALUE });
    this.#submit({ type: "command", clientId, requestNumber, command });
  }

  #submit(request: Parameters<typeof encodeRequest>[0]): void {
    const replyTo = refTo<ClientReply>(CLIENT_NODE, this.#name);
    this.#ask({ type: "submit", request: encodeRequest(request), forward: true, replyTo });
  }
}
