/**
 * What one seed is going to be: the size of the cluster, how many ask, and the faults and their rates.
 * Each kind of fault is absent from many seeds, so that none hides what another would show (swarm
 * testing). What is drawn of one kind comes from a random stream of its own: a new kind leaves all others
 * as they were.
 *
 * @module
 */
import { randomInteger, type RandomStream, randomStream } from "../actors/random.ts";
import type { ClientsOptions } from "./client_pool.ts";
import { CALM_DISK, type DiskOptions } from "./disk.ts";
import { between, type Duration, oneOf } from "./distributions.ts";
import type { NetworkOptions } from "./network.ts";
import type { DurabilityMode } from "../protocols/vr/options.ts";
import type { ChainSetup } from "./chain/chain_setup.ts";
import type { GossipSetup } from "./gossip/gossip_setup.ts";
import type { HermesSetup } from "./hermes/hermes_setup.ts";
import type { GroupOptions } from "./vr/vr_group.ts";
import type { WorkloadName } from "./workloads/draw.ts";

/** How often faults of a kind strike: the mean time between two, in milliseconds; 0 for never. */
export interface FaultRates {
  readonly crash: number;
  readonly blackout: number;
  readonly pause: number;
  readonly actorCrash: number;
  readonly wipe: number;
  readonly bitRot: number;
  readonly fullDisk: number;
  readonly slowDisk: number;
  readonly partition: number;
  readonly clog: number;
  readonly clockJump: number;
  readonly depose: number;
  readonly ambush: number;
  readonly echo: number;
  readonly admin: number;
}

/** Everything that is drawn before a run. */
export interface Plan {
  readonly seed: bigint;
  readonly group: GroupOptions;
  /** How the volumes of a chain are laid out, with `group` for its master. Absent: there is the group alone. */
  readonly chain?: ChainSetup;
  /** The same of Hermes. */
  readonly hermes?: HermesSetup;
  /** What the nodes of a gossip cluster are configured with; of `group` it has the size, and how it stores. */
  readonly gossip?: GossipSetup;
  readonly network: NetworkOptions;
  readonly disk: DiskOptions;
  readonly clients: ClientsOptions;
  readonly rates: FaultRates;
  /** Names of faults that are left out, although their time comes: `crash 2` is the second crash. */
  readonly without: readonly string[];
  readonly clockErrorMs: number;
  readonly clockDrift: number;
  /**
   * How much too fast or too slow the monotonic clocks go, at most.
   *
   * @default {0}
   */
  readonly timerDrift?: number;
  readonly forcesRareBranches: boolean;
  /** How long the faults go on, in milliseconds. */
  readonly safetyMs: number;
}

/** What the nodes of a simulated cluster may run. */
export const SIM_PROTOCOLS = ["vr", "chain", "hermes", "gossip"] as const;

/** What the nodes of a simulated cluster run. */
export type SimProtocol = typeof SIM_PROTOCOLS[number];

/** What is not to be drawn. */
export interface GivenPlan {
  /** What the nodes run. Default: `vr`. */
  readonly protocol?: SimProtocol;
  /** What clients do. Default: drawn. Of money, which moves between objects, there is one volume. */
  readonly workload?: WorkloadName;
  /** The size of the cluster. Default: drawn. */
  readonly nodes?: number;
  /** Whether the group has disks. Default: drawn. */
  readonly durability?: DurabilityMode;
}

const SIZES = [1, 2, 3, 3, 3, 3, 4, 5, 5, 5, 6, 7] as const;

/** The random stream of a name. */
type Streams = (name: string) => RandomStream;

/** What a seed is going to be. */
export function drawPlan(seed: bigint, given: GivenPlan = {}): Plan {
  const stream: Streams = (name) => randomStream(seed, `plan/${name}`);
  const replicaCount = given.nodes ?? oneOf(stream("size"), SIZES);
  const drawn = stream("durability")() < 0.25 ? "memory" : "disk";
  const durability = given.durability ?? drawn;
  const rates = drawRates(stream, replicaCount);
  const clocks = stream("clocks");
  const rare = stream("rare");
  return {
    seed,
    group: { ...drawGroup(stream("group"), replicaCount), durability },
    network: drawNetwork(stream),
    disk: durability === "disk" ? drawDisk(stream) : CALM_DISK,
    clients: drawClients(stream("clients")),
    rates: durability === "disk" ? rates : { ...rates, ...WITHOUT_DISKS },
    without: [],
    clockErrorMs: clocks() < 0.5 ? 0 : clocks() * 5_000,
    clockDrift: clocks() < 0.5 ? 0 : clocks() * 0.05,
    forcesRareBranches: rare() < 0.5,
    safetyMs: between(stream("length"), 3_000, 8_000),
  };
}

/** Where there are no disks, none is harmed; and a group all of which crashes at once has nothing left. */
const WITHOUT_DISKS: Partial<FaultRates> = {
  blackout: 0,
  wipe: 0,
  bitRot: 0,
  fullDisk: 0,
  slowDisk: 0,
};

function drawGroup(random: RandomStream, replicaCount: number): GroupOptions {
  const takesSnapshots = random() < 0.7;
  return {
    replicaCount,
    pipeline: oneOf(random, [1, 2, 4, 4]),
    requestsMax: oneOf(random, [1, 3, 1_024]),
    ...(takesSnapshots && { snapshotLogBytes: Math.floor(between(random, 1_000, 20_000)) }),
    retainEntries: oneOf(random, [0, 5, 50, 1_000]),
    journal: {
      segmentBytes: oneOf(random, [2_048, 8_192, 65_536]),
      preallocateBytes: oneOf(random, [0, 0, 4_096]),
      retryMs: 200,
    },
    // In a hurry, views follow each other closely enough to get in each other's way.
    heartbeatMs: oneOf(random, [20, 50]),
    viewChangeMs: oneOf(random, [100, 500]),
    abdicateMs: oneOf(random, [400, 2_000]),
  };
}

function drawNetwork(stream: Streams): NetworkOptions {
  const some = (kind: string, share: number, most: number) =>
    drawShare(stream(`network/${kind}`), share, most);
  const capacity = stream("network/capacity");
  return {
    latency: drawLatency(stream("network/latency"), 5, 20),
    loss: some("loss", 0.5, 0.15),
    replay: some("replay", 0.4, 0.15),
    reorder: some("reorder", 0.4, 0.5),
    capacity: capacity() < 0.7 ? 1_000 : 8 + randomInteger(capacity, 30),
  };
}

function drawDisk(stream: Streams): DiskOptions {
  const some = (kind: string, share: number, most: number) =>
    drawShare(stream(`disk/${kind}`), share, most);
  return {
    readLatency: drawLatency(stream("disk/read"), 0.5, 2),
    writeLatency: drawLatency(stream("disk/write"), 1, 5),
    errors: some("errors", 0.3, 0.003),
    misdirected: some("misdirected", 0.3, 0.02),
    garbled: some("garbled", 0.4, 1),
  };
}

/** In some seeds up to so much, in the others nothing. */
function drawShare(random: RandomStream, ofSeeds: number, most: number): number {
  return random() < ofSeeds ? random() * most : 0;
}

/** Half of the seeds have a fast medium: what happens in a hurry differs from what happens slowly. */
function drawLatency(random: RandomStream, minMs: number, tailMs: number): Duration {
  const scale = random() < 0.5 ? 0.05 : random();
  return { minMs: random() * minMs * scale, tailMs: random() * tailMs * scale };
}

function drawClients(random: RandomStream): ClientsOptions {
  const clients = 1 + randomInteger(random, 8);
  const thinkMs = oneOf(random, [4, 15, 50]);
  const impatient = random() < 0.5 ? 0 : random() * 0.3;
  const isShort = random() < 0.2;
  return {
    clients,
    thinkMs,
    impatient,
    patienceMs: 500,
    // Now and then a client loses its session to another.
    ...(isShort && { sessionsMax: Math.max(1, clients - 1) }),
    unforwarded: random() < 0.7 ? 0 : random(),
  };
}

function drawRates(stream: Streams, replicaCount: number): FaultRates {
  const rate = (kind: keyof FaultRates, share: number, fromMs: number, toMs: number) => {
    const random = stream(`rates/${kind}`);
    return random() < share ? between(random, fromMs, toMs) : 0;
  };
  // The more nodes, the more of everything.
  const each = 3 / replicaCount;
  return {
    crash: rate("crash", 0.7, 200 * each, 3_000 * each),
    blackout: rate("blackout", 0.2, 1_000, 6_000),
    pause: rate("pause", 0.4, 500 * each, 5_000 * each),
    actorCrash: rate("actorCrash", 0.4, 300 * each, 3_000 * each),
    wipe: rate("wipe", 0.4, 500, 4_000),
    bitRot: rate("bitRot", 0.5, 200, 3_000),
    fullDisk: rate("fullDisk", 0.2, 1_000, 5_000),
    slowDisk: rate("slowDisk", 0.3, 1_000, 5_000),
    partition: rate("partition", 0.6, 300, 4_000),
    clog: rate("clog", 0.4, 200 * each, 3_000 * each),
    clockJump: rate("clockJump", 0.3, 500 * each, 4_000 * each),
    depose: rate("depose", 0.5, 300, 2_000),
    ambush: rate("ambush", 0.6, 100, 2_000),
    echo: rate("echo", 0.5, 100, 2_000),
    admin: 0,
  };
}

/** The plan in a few words, with the name of what clients do. */
export function describePlan(plan: Plan, workload: string): string {
  const { group, network, disk, clients: { clients }, rates } = plan;
  const faults: string[] = Object.entries(rates)
    .filter(([, mean]) => mean > 0)
    .map(([name, mean]) => `${name} every ${Math.round(mean)} ms`);
  const shares = { ...network, ...disk };
  for (const name of ["loss", "replay", "reorder", "errors", "misdirected", "garbled"] as const) {
    if (shares[name] > 0) faults.push(`${name} ${(shares[name] * 100).toFixed(1)} %`);
  }
  const size = `${group.replicaCount} nodes${group.durability === "memory" ? " in memory" : ""}`;
  const layout = plan.chain !== undefined
    ? `, ${chainWords(plan.chain)}`
    : plan.hermes !== undefined
    ? `, ${hermesWords(plan.hermes)}`
    : plan.gossip !== undefined
    ? `, ${gossipWords(plan.gossip)}`
    : "";
  const cluster = `${size}${layout}, ${clients} clients (${workload})`;
  return `${cluster}; ${faults.join(", ") || "calm"}`;
}

function chainWords({ volumes, length, reads }: ChainSetup): string {
  const chains = volumes === 1 ? "a chain" : `${volumes} chains`;
  return `${chains} of ${length === 0 ? "all" : length}${reads === "tail" ? ", tail reads" : ""}`;
}

function hermesWords({ volumes, length, replica }: HermesSetup): string {
  const { reads = "lease", broadcastsAcks = false } = replica;
  const size = `${volumes === 1 ? "a volume" : `${volumes} volumes`} of ${length || "all"}`;
  return `${size}, ${reads} reads${broadcastsAcks ? ", acknowledgements to all" : ""}`;
}

function gossipWords(
  { seeds, late, spread, tuning: { intervalMs, mailAllMax, fanout } }: GossipSetup,
) {
  const mail = mailAllMax === undefined || mailAllMax > 9 ? "mail to all" : `fanout ${fanout}`;
  return `${seeds} seeds${late === 0 ? "" : `, ${late} late`}, ${mail}, every ${intervalMs} ms, ` +
    `${spread} spread`;
}
