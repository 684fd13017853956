import { volumeNames } from "../../protocols/volume_names.ts";
import { volumeOf } from "../../protocols/volumes.ts";
import { KvObjects } from "../../protocols/kv/objects.ts";
import type { ObjectMachine } from "../../protocols/object_machine.ts";
import { actorNames } from "../master/master_words.ts";
import { MasterWorld, type MasterWorldOptions } from "../master/master_world.ts";
import { ReadWatch } from "../master/read_watch.ts";
import type { SentMessage } from "../network.ts";
import type { Ask, RecordedOperation } from "../workloads/workload.ts";
import { byObject } from "./by_object.ts";
import { HermesNode } from "./hermes_node.ts";
import type { HermesSetup } from "./hermes_setup.ts";
import { describeHermes } from "./hermes_words.ts";
import { Inspector } from "./inspector.ts";
import { keysShown, valueOf } from "./kv_pages.ts";
import { stampWords } from "./stamp.ts";
import { VersionReferee } from "./version_referee.ts";
import { VersionWatch } from "./version_watch.ts";

/** More clients than there ever are. */
const READERS = 1_000_000;

/** What the world of a Hermes cluster is made from. */
export interface HermesWorldOptions extends MasterWorldOptions {
  readonly hermes: HermesSetup;
}

/** A volume, and who watches over it. */
export interface HermesVolume {
  readonly volume: number;
  readonly names: ReturnType<typeof volumeNames>;
  readonly oracle: VersionReferee;
  readonly watch: VersionWatch;
}

/** A Hermes cluster and its world: some volumes, and the master that decides who replicates them. */
export class HermesWorld extends MasterWorld {
  readonly hermes: HermesSetup;
  /** Executes commands, and knows nothing of replicas. */
  readonly objects: ObjectMachine = new KvObjects();
  override readonly volumes: readonly HermesVolume[];
  override readonly nodes: readonly HermesNode[];
  override readonly actors: readonly string[];
  override readonly beginnings = [
    "startView",
    "startViewChange",
    "inv",
    "join",
    "entered",
    "recall",
    "outdated",
  ];
  override readonly ambushes = [
    "prepareOk",
    "doViewChange",
    "startView",
    "inv",
    "inv",
    "inv",
    "ack",
    "ack",
    "val",
    "entered",
    "chunk",
    "recalled",
    "result",
    "result",
  ];
  readonly #reads: ReadWatch;
  readonly #inspector: Inspector;
  /** The next reader of a page that is no client; above those that are. */
  #readers = READERS;

  /** Nothing runs before {@linkcode World.startAll}. */
  constructor(options: HermesWorldOptions) {
    super(options, { ...options.hermes, topology: "clique" });
    const { hermes, group: { replicaCount } } = options;
    this.hermes = hermes;
    const leases = (hermes.replica.reads ?? "lease") === "lease";
    const now = () => this.clock.now;
    this.volumes = Array.from({ length: hermes.volumes }, (_, volume) => {
      const fail = (what: string) => this.fail(what);
      const watch = new VersionWatch({ volume, decided: this.decided, leases, now, fail });
      const oracle = new VersionReferee({
        watch,
        machine: this.objects,
        sessionsMax: hermes.sessionsMax,
        violations: this.violations,
        now,
        name: hermes.volumes === 1 ? "" : `volume ${volume}`,
        page: (result) => keysShown(watch.versions, result),
      });
      return { volume, names: volumeNames(volume), watch, oracle };
    });
    this.decided.observe(({ volumes }) => {
      for (const { volume, watch } of this.volumes) watch.decided(volumes[volume]!);
    });
    this.#reads = new ReadWatch(this.volumes);
    this.#inspector = new Inspector(this);
    this.nodes = Array.from({ length: replicaCount }, (_, index) => new HermesNode(this, index));
    this.actors = actorNames(hermes.volumes);
  }

  override node(index: number): HermesNode {
    return this.nodes[index]!;
  }

  override get committed(): number {
    return this.volumes.reduce((sum, { watch }) => sum + watch.versions.committed, 0);
  }

  /** Who leads the master's group; and all members, who are equal, of the first volume. */
  override get leaders(): readonly HermesNode[] {
    const { members = [] } = this.decided.volume(0) ?? {};
    const first = members.map(({ node }) => node);
    return this.nodes.filter((node) => node.master?.leading || first.includes(node.index));
  }

  /** All members hold the newest of every object, and show it. */
  override checkStates(): void {
    for (const volume of this.volumes) {
      if (!this.account.lost.includes(volume.volume)) this.#checkVolume(volume);
    }
  }

  /** What clients did, key by key: between keys there is no order. */
  override judged(history: readonly RecordedOperation[]): readonly RecordedOperation[] {
    const operations = history.filter((op) => "op" in op);
    return byObject(operations, (key, revision) => {
      const { watch } = this.volumes[volumeOf(key, this.volumes.length)]!;
      return valueOf(watch.versions, key, revision);
    }, () => this.#readers++);
  }

  override describe(): string {
    return describeHermes(this);
  }

  protected override seesClients(sent: SentMessage): void {
    this.#reads.see(sent);
  }

  protected override hasSettled(volume: number, members: readonly number[]): boolean {
    const figures = members.map((index) => this.node(index).replica(volume));
    const [first] = figures;
    return figures.every((each) => {
      if (each === undefined || first === undefined) return false;
      const { invalid, write, replay, trans, updates, waitingReads } = each;
      return invalid + write + replay + trans + updates + waitingReads === 0 &&
        each.objects === first.objects && each.tombstones === first.tombstones;
    });
  }

  protected override objectOf(ask: Ask): string | undefined {
    return "query" in ask
      ? this.objects.queryObject(ask.query)
      : this.objects.commandObject(ask.command);
  }

  #checkVolume({ volume, watch, oracle }: HermesVolume): void {
    const members = this.decided.volume(volume)?.members ?? [];
    for (const { node } of members) {
      this.#checkHeld(node, watch, oracle);
      const shown = this.#inspector.look(node, volume);
      if (shown === undefined) {
        oracle.fail(`replica ${node} does not say what it holds`);
        continue;
      }
      for (const object of watch.versions.objects) this.#checkShown(node, object, shown, volume);
    }
  }

  /** All members hold the same, which is valid, and of it nothing that is committed is missing. */
  #checkHeld(node: number, watch: VersionWatch, oracle: VersionReferee): void {
    const { versions, holdings } = watch;
    for (const object of versions.objects) {
      const held = holdings.newest(node, object);
      if (held !== undefined) watch.takes(node, object, held);
      const newest = versions.committedOf(object).at(-1)?.update.ts;
      if (newest === undefined || (held && stampWords(held) === stampWords(newest))) continue;
      const what = held === undefined ? "nothing" : stampWords(held);
      const name = JSON.stringify(object);
      oracle.fail(`replica ${node} holds ${what} of ${name} in the end, not ${stampWords(newest)}`);
    }
  }

  #checkShown(node: number, object: string, shown: ReadonlyMap<string, number>, volume: number) {
    // What sessions are counted with is no key.
    if (object === "") return;
    const { watch: { versions }, oracle } = this.volumes[volume]!;
    const newest = versions.committedOf(object).at(-1);
    const expected = newest === undefined || newest.update.state === null ? 0 : newest.revision;
    const revision = shown.get(object) ?? 0;
    if (revision === expected) return;
    const name = JSON.stringify(object);
    oracle.fail(`replica ${node} shows ${name} at ${revision} in the end, not at ${expected}`);
  }
}
