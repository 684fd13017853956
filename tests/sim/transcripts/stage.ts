import { encodeCommand, encodeQuery } from "../../../protocols/kv/commands.ts";
import { KvStore } from "../../../protocols/kv/store.ts";
import type { CrashKind } from "../../../sim/file.ts";
import { CALM_DISK } from "../../../sim/disk.ts";
import { CALM_NETWORK } from "../../../sim/network.ts";
import type { TraceEvent } from "../../../sim/trace/events.ts";
import { SpaceTimeLog } from "../../../sim/trace/log.ts";
import { TraceRecorder } from "../../../sim/trace/recorder.ts";
import { nameOf, wordsOf } from "../../../sim/trace/words.ts";
import type { GroupOptions } from "../../../sim/vr/vr_group.ts";
import type { ChainSetup } from "../../../sim/chain/chain_setup.ts";
import type { HermesSetup } from "../../../sim/hermes/hermes_setup.ts";
import { ChainWorld } from "../../../sim/chain/chain_world.ts";
import { HermesWorld } from "../../../sim/hermes/hermes_world.ts";
import type { MasterWorld } from "../../../sim/master/master_world.ts";
import { VrWorld } from "../../../sim/vr/vr_world.ts";
import { ScriptedClients } from "./scripted_clients.ts";

const MESSAGE_MS = 1;
/** Nothing depends on chance: a read of a disk takes a tenth of a message, a write two. */
const NETWORK = { ...CALM_NETWORK, latency: { minMs: MESSAGE_MS, tailMs: 0 } };
const DISK = {
  ...CALM_DISK,
  readLatency: { minMs: 0.1, tailMs: 0 },
  writeLatency: { minMs: 0.2, tailMs: 0 },
};
const LIMIT_MS = 10_000;
/** The actor that answers the clients of a volume. */
const VOLUME_TABLE = "volume-0/client-table";
const encoder = new TextEncoder();

/** A group that does what a transcript says; see `README.md` for the commands. */
export class Stage {
  #world: VrWorld | ChainWorld | HermesWorld | undefined;
  #clients: ScriptedClients | undefined;
  #recorder: TraceRecorder | undefined;
  #log: SpaceTimeLog | undefined;
  #shown = 0;
  #filters: (() => void)[] = [];
  /** What each node's present process has committed. */
  readonly #committed = new Map<number, number>();

  /** Does what lines say, one after the other; returns what comes of them. */
  execute(lines: readonly string[]): readonly string[] {
    const asked = lines.flatMap((line) => this.#do(line.split(" ")));
    return [...this.#news(), ...asked];
  }

  /** Does what a line says; returns what it asks for. */
  #do(words: readonly string[]): readonly string[] {
    const [verb, ...rest] = words;
    const node = () => this.#here.node(Number(rest[0]));
    switch (verb) {
      case "group":
      case "chain":
      case "hermes":
        return this.#group(verb, new Map(rest.map((word) => word.split("=") as [string, string])));
      case "states":
        return this.#states();
      case "run":
        this.#here.runFor(Number(rest[0]));
        return [];
      case "until":
        this.#until(rest);
        return [];
      case "start":
        node().start();
        return [];
      case "crash":
        node().crash((rest[1] ?? "lose") as CrashKind);
        return [];
      case "wipe":
        node().wipe();
        return [];
      case "isolate":
        this.#isolate(Number(rest[0]));
        return [];
      case "heal":
        this.#here.network.healAll();
        return [];
      case "drop":
        this.#drop(rest);
        return [];
      case "pass":
        for (const cancel of this.#filters.splice(0)) cancel();
        return [];
      default:
        this.#client(words);
        return [];
    }
  }

  /** Ends with nothing wrong. */
  end(): readonly string[] {
    return this.#here.violations;
  }

  get #here(): VrWorld | ChainWorld | HermesWorld {
    if (this.#world === undefined) throw new Error("A transcript begins with a group");
    return this.#world;
  }

  #group(kind: Kind, options: ReadonlyMap<string, string>): string[] {
    const number = (name: string) => {
      const value = options.get(name);
      return value === undefined ? undefined : Number(value);
    };
    const given = {
      pipeline: number("pipeline"),
      snapshotLogBytes: number("snapshot"),
      retainEntries: number("retain"),
      durability: options.get("durability"),
    };
    const known = Object.entries(given).filter(([, value]) => value !== undefined);
    const group = {
      replicaCount: number("nodes") ?? 3,
      journal: {},
      ...Object.fromEntries(known),
    } as GroupOptions;
    const machine = () => new KvStore();
    const common = { seed: 1n, group, machine, network: NETWORK, disk: DISK };
    const world = kind === "group"
      ? new VrWorld(common)
      : kind === "chain"
      ? new ChainWorld({ ...common, chain: chainOf(options) })
      : new HermesWorld({ ...common, hermes: hermesOf(options) });
    this.#world = world;
    this.#recorder = new TraceRecorder(world);
    world.observe((event) => {
      if (event.type === "process") this.#committed.delete(event.node);
      if (event.type === "commits" && event.log !== "master") {
        this.#committed.set(event.node, event.opNumber);
      }
    });
    world.startAll();
    const clients = new ScriptedClients(world, kind === "group" ? undefined : VOLUME_TABLE);
    this.#clients = clients;
    if (options.get("clients") === "none") {
      this.#log = this.#newLog(0);
      return [];
    }
    world.runUntil(() => world.isFormed, LIMIT_MS);
    for (const [index, name] of (options.get("clients") ?? "A").split(",").entries()) {
      // Where its requests are coordinated depends on it.
      clients.open(name, { node: kind === "hermes" ? index : 0 });
    }
    // Everyone knows that the sessions are open, and the next heartbeat is far.
    world.runFor(100);
    this.#shown = this.#recorder.trace().events.length;
    this.#log = this.#newLog(world.clock.now);
    this.#log.seen(this.#recorder.trace());
    return this.#states();
  }

  /** Where each replica stands, as far as it has said so. */
  #states(): string[] {
    const world = this.#here;
    if (world instanceof ChainWorld) return chainStates(world);
    if (world instanceof HermesWorld) return hermesStates(world);
    return world.nodes.map(({ index, isUp, replica }) => {
      if (!isUp || replica === undefined) return `node ${index}: down`;
      const { status, view, lastNormalView, leading, opNumber } = replica;
      const committed = this.#committed.get(index) ?? replica.commitNumber;
      const log = lastNormalView === view ? "" : ` of view ${lastNormalView}`;
      return `node ${index}: ${status}, view ${view}${leading ? ", primary" : ""}; ` +
        `log${log} to ${opNumber}, committed ${committed}`;
    });
  }

  #newLog(zeroMs: number): SpaceTimeLog {
    const options = { zeroMs, showsArrivals: false, showsElided: false, digits: 1 };
    return new SpaceTimeLog(this.#here.nodes.length, options);
  }

  /** What has happened since the last time. */
  #news(): string[] {
    const trace = this.#recorder!.trace();
    const events = trace.events.slice(this.#shown).filter(isTold);
    this.#shown = trace.events.length;
    return events.length === 0 ? [] : this.#log!.write({ ...trace, events });
  }

  #until([what, who]: readonly string[]): void {
    const world = this.#here;
    if (!(world instanceof VrWorld)) return untilOrder(world, [what, who]);
    const conditions: Record<string, () => boolean> = {
      primary: () => world.node(Number(who)).replica?.leading === true,
      normal: () => world.nodes.every((node) => node.isNormal),
      answer: () => this.#clients!.repliesTo(who!).some(({ type }) => type === "result"),
    };
    const condition = conditions[what!];
    if (condition === undefined) throw new Error(`Nothing is known of "until ${what}"`);
    if (!world.runUntil(condition, LIMIT_MS)) throw new Error(`"until ${what}" took too long`);
  }

  #isolate(node: number): void {
    for (const { index } of this.#here.nodes) {
      this.#here.network.cut(node, index);
      this.#here.network.cut(index, node);
    }
  }

  /** `drop PREPARE 0>2 1`: loses messages of that name on that link, or on any, so many of them or all. */
  #drop([name, link = "*", count = "Infinity"]: readonly string[]): void {
    let left = Number(count);
    const cancel = this.#here.network.filter(({ from, to, message, actor, type }) => {
      const said = actor.endsWith("replica")
        ? wordsOf(message as object).split(" ")[0]
        : nameOf(type);
      if (said !== name || (link !== "*" && link !== `${from}>${to}`) || left <= 0) {
        return undefined;
      }
      left--;
      return { copies: 0 };
    });
    this.#filters.push(cancel);
  }

  /** `A put color blue at 0`, `A increment count at 0`, `A get color at 1`, `A stale color at 1`, `A again at 2`. */
  #client(words: readonly string[]): void {
    const [name, verb, key, value] = words as [string, string, string, string];
    const node = Number(words.at(-1));
    const clients = this.#clients!;
    switch (verb) {
      case "put":
        return clients.submit(
          name,
          node,
          encodeCommand({ type: "put", key, value: encoder.encode(value) }),
        );
      case "increment":
        return clients.submit(name, node, encodeCommand({ type: "increment", key, delta: 1n }));
      case "get":
        return clients.query(name, node, encodeQuery({ type: "get", key }));
      case "stale":
        return clients.query(name, node, encodeQuery({ type: "get", key }), "stale");
      case "again":
        return clients.repeat(name, node);
      default:
        throw new Error(`Nothing is known of "${words.join(" ")}"`);
    }
  }
}

/** What a transcript may be of. */
type Kind = "group" | "chain" | "hermes";

/** Hermes with one volume on all nodes. */
function hermesOf(options: ReadonlyMap<string, string>): HermesSetup {
  const broadcastsAcks = options.get("acks") === "all";
  return {
    volumes: 1,
    length: 0,
    leaseMs: 500,
    driftBound: 0.01,
    sessionsMax: 1_000,
    // Nobody wins by chance.
    replica: { virtualIds: 1, broadcastsAcks },
  };
}

/** Where each replica of Hermes stands, and its objects by their state, as of its last heartbeat. */
function hermesStates(world: HermesWorld): string[] {
  return world.nodes.map((node) => {
    const replica = node.replica(0);
    if (!node.isUp || replica === undefined) return `node ${node.index}: down`;
    const { role, epoch, valid, invalid, write, replay, trans } = replica;
    return `node ${node.index}: ${role}, epoch ${epoch}; ` +
      `objects: V ${valid}, I ${invalid}, W ${write}, R ${replay}, T ${trans}`;
  });
}

/** A chain of one volume. */
function chainOf(options: ReadonlyMap<string, string>): ChainSetup {
  return {
    volumes: 1,
    length: Number(options.get("length") ?? 0),
    reads: options.get("reads") === "tail" ? "tail" : "any",
    leaseMs: 500,
    driftBound: 0.01,
    adoptedSessionsMax: 1_000,
  };
}

/** Where each replica of a chain stands, as far as it has said so. */
function chainStates(world: ChainWorld): string[] {
  return world.nodes.map((node) => {
    const replica = node.replica(0);
    if (!node.isUp || replica === undefined) return `node ${node.index}: down`;
    const { role, epoch } = replica;
    const { last } = world.volumes[0]!.watch.log(node.index);
    return `node ${node.index}: ${role}, epoch ${epoch}; log to ${last}`;
  });
}

/** `until order 0,2`: until the master has decided so, and everybody knows. */
function untilOrder(world: MasterWorld, [what, order]: readonly (string | undefined)[]): void {
  const isSo = () => {
    const { members = [], epoch, joining } = world.decided.volume(0) ?? {};
    return joining === null && members.map(({ node }) => node).join() === order &&
      members.every(({ node }) => world.node(node).replica(0)?.epoch === epoch);
  };
  if (what !== "order") throw new Error(`Nothing is known of "until ${what}"`);
  if (!world.runUntil(isSo, LIMIT_MS)) throw new Error(`"until ${what}" took too long`);
}

/** What a reader wants to know: that a view has begun a state says as well as a log line. */
function isTold(event: TraceEvent): boolean {
  // Of the master only what it has decided.
  if ("text" in event && /\((master|membership)\)$|^master: /.test(event.text)) return false;
  if (event.kind === "commit" && event.log === "master") return false;
  return event.kind !== "note" || !/: (info|debug): /.test(event.text);
}
