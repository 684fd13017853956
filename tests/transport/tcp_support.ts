import { assert } from "@std/assert";
import type { Cancel, LogLevel } from "../../actors/actor.ts";
import type { Environment } from "../../actors/environment.ts";
import { type RandomStream, randomStream } from "../../actors/random.ts";
import { ActorSystem } from "../../actors/system.ts";
import { VirtualClock } from "../../actors/virtual_environment.ts";
import { FrameParser } from "../../transport/frame.ts";
import { DialerHandshake, type HandshakeStep, type Identity } from "../../transport/handshake.ts";
import type { TcpTransportOptions } from "../../transport/options.ts";
import { TcpTransport } from "../../transport/tcp.ts";
import type { Address } from "../../transport/address.ts";
import { TRANSPORT_TOPIC, type TransportEvent } from "../../transport/transport.ts";
import { type LogLine, spawnEcho } from "./support.ts";

/** Whether tests of real sockets are to be left out. */
export const noNet = Deno.permissions.querySync({ name: "net", host: "127.0.0.1" }).state !==
  "granted";

/** After which a test has failed rather than not finished yet, in milliseconds. */
const PATIENCE_MS = 60_000;

/** Waits until a condition holds; everything else goes on meanwhile. */
export async function eventually(condition: () => boolean, what: string): Promise<void> {
  const end = performance.now() + PATIENCE_MS;
  while (!condition()) {
    assert(performance.now() < end, `never happened: ${what}`);
    await new Promise((resolve) => setImmediate(resolve));
  }
}

/** Real sockets and a real event loop, but time passes only when the test says so. */
class SocketEnvironment implements Environment {
  readonly clock = new VirtualClock();
  readonly lines: LogLine[] = [];
  readonly #seed: number;

  constructor(seed: number) {
    this.#seed = seed;
  }

  now(): number {
    return this.clock.now;
  }

  wallTime(): number {
    return 1_700_000_000_000 + this.#seed;
  }

  random(stream: string): RandomStream {
    return randomStream(this.#seed, stream);
  }

  defer(run: () => void): void {
    setImmediate(run);
  }

  after(delayMs: number, run: () => void): Cancel {
    return this.clock.after(delayMs, run);
  }

  pick(): number {
    return 0;
  }

  log(level: LogLevel, _source: string, text: string): void {
    this.lines.push({ level, text });
  }

  maybe(): boolean {
    return false;
  }
}

/** A node on a port of its own, with an echo. */
export interface TcpNode extends AsyncDisposable {
  readonly node: number;
  readonly system: ActorSystem;
  readonly transport: TcpTransport;
  readonly clock: VirtualClock;
  readonly events: TransportEvent[];
  readonly log: LogLine[];
  /** The numbers that its echo was told. */
  readonly told: number[];
  /** Whether it is connected to all of these nodes. */
  isConnectedTo(...nodes: number[]): boolean;
}

/** The address of a node that is not there. */
export const NOWHERE: Address = { host: "127.0.0.1", port: 1 };

/** How many nodes were made: each is another process to the others. */
let lives = 0;

/** Makes a node that listens, and notes its port in `addresses`. It does not connect yet. */
export function listeningNode(
  node: number,
  addresses: Address[],
  options: Partial<TcpTransportOptions> = {},
): TcpNode {
  const environment = new SocketEnvironment(++lives);
  const system = new ActorSystem({ node, environment });
  const events: TransportEvent[] = [];
  system.events.subscribe((event) => {
    if (event.type !== "published" || event.topic !== TRANSPORT_TOPIC) return;
    events.push(event.detail as TransportEvent);
  });
  const told = spawnEcho(system);
  addresses[node] = { host: "127.0.0.1", port: 0 };
  const transport = new TcpTransport(system, { cluster: "test", addresses, ...options });
  addresses[node] = transport.listen();
  return {
    node,
    system,
    transport,
    clock: environment.clock,
    events,
    log: environment.lines,
    told,
    isConnectedTo: (...nodes) =>
      transport.peers().every((peer) => peer.connected || !nodes.includes(peer.node)),
    [Symbol.asyncDispose]: () => transport.close(),
  };
}

/** A cluster whose nodes are all connected. */
export interface Cluster extends AsyncDisposable {
  readonly nodes: readonly TcpNode[];
  readonly addresses: Address[];
}

/** Makes a cluster, and waits until everybody is connected to everybody. */
export async function clusterOf(
  count: number,
  options: Partial<TcpTransportOptions> = {},
): Promise<Cluster> {
  const addresses: Address[] = Array.from(
    { length: count },
    () => ({ host: "127.0.0.1", port: 0 }),
  );
  const nodes = addresses.map((_, node) => listeningNode(node, addresses, options));
  const indices = [...addresses.keys()];
  for (const { transport } of nodes) transport.start();
  await eventually(
    () => nodes.every(({ isConnectedTo }) => isConnectedTo(...indices)),
    "everybody is connected",
  );
  return {
    nodes,
    addresses,
    [Symbol.asyncDispose]: async () => {
      await Promise.all(nodes.map(({ transport }) => transport.close()));
    },
  };
}

/** A connection of a stranger, byte by byte. */
export class Stranger implements Disposable {
  readonly #connection: Deno.TcpConn;

  private constructor(connection: Deno.TcpConn) {
    this.#connection = connection;
  }

  static async dial(address: Address | undefined): Promise<Stranger> {
    assert(address !== undefined);
    const { host: hostname, port } = address;
    return new Stranger(await Deno.connect({ hostname, port }));
  }

  /** Writes all of the bytes; what the node thinks of them shows elsewhere. */
  async write(bytes: Uint8Array): Promise<void> {
    let at = 0;
    while (at < bytes.length) at += await this.#connection.write(bytes.subarray(at));
  }

  /** Introduces itself; returns what the node makes of it. */
  async shakeHands(as: Identity, to: number): Promise<HandshakeStep> {
    const handshake = new DialerHandshake(as, to);
    let step: HandshakeStep = { type: "continue", reply: handshake.hello };
    const parser = new FrameParser(1_024, (frame) => step = handshake.receive(frame));
    const buffer = new Uint8Array(1_024);
    while (step.type === "continue") {
      const asked: HandshakeStep = step;
      await this.write(step.reply);
      while (step === asked) {
        const count = await this.#connection.read(buffer);
        assert(count !== null, "hung up during the handshake");
        parser.push(buffer.subarray(0, count));
      }
    }
    return step;
  }

  /** Waits until the node has hung up. */
  async untilClosed(): Promise<void> {
    const buffer = new Uint8Array(1_024);
    try {
      while (await this.#connection.read(buffer) !== null);
    } catch (error) {
      // Hung up on before it had read everything, a node's kernel resets the connection.
      assert(error instanceof Deno.errors.ConnectionReset, String(error));
    }
  }

  [Symbol.dispose](): void {
    this.#connection.close();
  }
}
