/**
 * How the throughput of chains grows with their length, in the simulator: nodes that take one message after the
 * other, each for the same time, and nothing else that costs any. Says nothing about how fast Troupe is; it
 * says how its messages are spread over the nodes, beside what CRAQ's paper measured (Terrace & Freedman,
 * figures 4 and 5, and table of writes).
 *
 * `deno run --allow-read bench/chain_sim.ts`
 *
 * @module
 */
import { ActorSystem } from "../actors/system.ts";
import { refTo } from "../actors/ref.ts";
import {
  type ClientReply,
  clientReply,
  type ClientRequest,
  clientRequest,
} from "../protocols/client_messages.ts";
import { encodeCommand, encodeQuery } from "../protocols/kv/commands.ts";
import { KvStore } from "../protocols/kv/store.ts";
import { encodeRequest } from "../protocols/request.ts";
import { ChainWorld } from "../sim/chain/chain_world.ts";
import { CLIENT_NODE } from "../sim/clients.ts";
import { CALM_DISK } from "../sim/disk.ts";
import { NodeEnvironment } from "../sim/environment.ts";
import { CALM_NETWORK } from "../sim/network.ts";

const SERVICE_MS = 0.1;
const LATENCY_MS = 0.2;
const WARM_UP_MS = 100;
const MEASURED_MS = 200;
/** Enough for every node to have something to do at any time. */
const READERS_PER_NODE = 40;
const WRITERS = 120;
const TABLE = "volume-0/client-table";
const NOTHING = { minMs: 0, tailMs: 0 };

type Reads = "any" | "tail";
type Operation = "read" | "write";

function newWorld(nodes: number, reads: Reads): ChainWorld {
  return new ChainWorld({
    seed: 1n,
    group: { replicaCount: nodes, journal: {} },
    chain: {
      volumes: 1,
      length: 0,
      reads,
      leaseMs: 2_000,
      driftBound: 0.01,
      nodeDataCenters: [],
      adoptedSessionsMax: 1_000,
      // Each update travels alone, as the paper's do: batches would hide what a longer chain costs.
      replica: { requestsMax: 1, pipeline: 256, window: 256 },
    },
    machine: () => new KvStore(),
    network: {
      ...CALM_NETWORK,
      latency: { minMs: LATENCY_MS, tailMs: 0 },
      service: { ms: SERVICE_MS, nodes },
    },
    disk: { ...CALM_DISK, readLatency: NOTHING, writeLatency: NOTHING },
  });
}

/** Clients that ask for the next thing as soon as they are answered. */
class ClosedLoop {
  answered = 0;
  readonly #system: ActorSystem;

  constructor(world: ChainWorld) {
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
    this.#system = new ActorSystem({ node: CLIENT_NODE, environment });
    world.network.join(this.#system);
  }

  /** A client of one node, that asks for one thing again and again. */
  start(name: string, node: number, next: (reply: ClientReply | undefined) => ClientRequest): void {
    const ask = (reply?: ClientReply) =>
      this.#system.send(refTo(node, TABLE, clientRequest), next(reply));
    this.#system.expose(name, clientReply);
    this.#system.spawn<ClientReply>(name, () => ({
      receive: (reply) => {
        if (reply.type === "result") this.answered++;
        ask(reply);
      },
    }));
    ask();
  }
}

function reader(name: string): () => ClientRequest {
  const query = encodeQuery({ type: "get", key: "k" });
  const replyTo = refTo<ClientReply>(CLIENT_NODE, name);
  return () => ({ type: "query", query, consistency: "linearizable", forward: true, replyTo });
}

function writer(name: string, nonce: number): (reply?: ClientReply) => ClientRequest {
  const command = encodeCommand({ type: "put", key: "k", value: new Uint8Array(500) });
  const replyTo = refTo<ClientReply>(CLIENT_NODE, name);
  let clientId = 0;
  let requestNumber = 0;
  return (reply) => {
    if (reply?.type === "session") clientId = reply.clientId;
    const request = clientId === 0
      ? encodeRequest({ type: "open-session", nonce, sessionsMax: 10_000 })
      : encodeRequest({ type: "command", clientId, requestNumber: ++requestNumber, command });
    return { type: "submit", request, forward: true, replyTo };
  };
}

/** Operations a second that a chain of so many nodes can do. */
function throughput(nodes: number, reads: Reads, operation: Operation): number {
  const world = newWorld(nodes, reads);
  world.startAll();
  if (!world.runUntil(() => world.isFormed, 20_000)) throw new Error(world.describe());
  const clients = new ClosedLoop(world);
  const count = operation === "write" ? WRITERS : nodes * READERS_PER_NODE;
  for (let index = 0; index < count; index++) {
    const name = `c${index}`;
    if (operation === "write") clients.start(name, 0, writer(name, index + 1));
    // With tail reads a client that knows better asks the tail itself.
    else clients.start(name, reads === "tail" ? nodes - 1 : index % nodes, reader(name));
  }
  world.runFor(WARM_UP_MS);
  const before = clients.answered;
  world.runFor(MEASURED_MS);
  if (world.violations.length > 0) throw new Error(world.violations.join("\n"));
  return Math.round((clients.answered - before) / MEASURED_MS * 1_000);
}

/** What the paper has, per second. */
const PAPER = {
  cr: 20_552,
  reads: new Map([[3, 59_882], [5, 99_466], [7, 138_833]]),
  writes: new Map([[3, 5_514], [5, 4_999], [7, 4_538]]),
} as const;

function row(words: readonly (string | number)[]): string {
  return words.map((word) => String(word).padStart(10)).join("");
}

if (import.meta.main) {
  console.log(`A message costs a node ${SERVICE_MS} ms, and is ${LATENCY_MS} ms on its way.\n`);
  console.log(row(["nodes", "CR", "CRAQ", "ratio", "paper", "writes", "to 3", "paper"]));
  const cr = throughput(3, "tail", "read");
  let writesOfThree: number | undefined;
  for (const nodes of [3, 5, 7]) {
    const own = nodes === 3 ? cr : throughput(nodes, "tail", "read");
    const craq = throughput(nodes, "any", "read");
    const writes = throughput(nodes, "any", "write");
    writesOfThree ??= writes;
    console.log(row([
      nodes,
      own,
      craq,
      (craq / cr).toFixed(2),
      (PAPER.reads.get(nodes)! / PAPER.cr).toFixed(2),
      writes,
      (writes / writesOfThree).toFixed(2),
      (PAPER.writes.get(nodes)! / PAPER.writes.get(3)!).toFixed(2),
    ]));
  }
  console.log(
    "\nReads and writes a second; ratios to the reads of CR with 3 nodes, and to the writes of 3.",
  );
}
