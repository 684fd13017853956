import type { HermesMessage, HermesMessageOf, Update } from "../../protocols/hermes/messages.ts";
import type { Timestamp } from "../../protocols/hermes/timestamp.ts";
import type { Member, VolumeConfiguration } from "../../protocols/master/configuration.ts";
import type { Decided } from "../master/decided.ts";
import type { SentMessage } from "../network.ts";
import { Holdings } from "./holdings.ts";
import { isOrigin } from "./stamp.ts";
import { Versions, words } from "./versions.ts";

/** What the watch over a volume needs of the world. */
export interface VersionWatchOptions {
  readonly volume: number;
  readonly decided: Decided;
  /** Whether linearizable reads rest on leases: then nobody answers one who is no member any more. */
  readonly leases: boolean;
  readonly now: () => number;
  readonly fail: (what: string) => void;
}

/** A replica and what it says of itself. */
interface Speaker {
  epoch: number;
  /** The highest life that it has named. */
  life: number;
  /** Whether it has started since. */
  isNew: boolean;
}

/**
 * What must hold of the replicas of a volume, watched from outside at every step, though they have no log in
 * common (hermes.md 4): what is acknowledged is durable; what is taken to be committed all that have to
 * acknowledge it hold, durably, that or something later, and so does whoever becomes a member; of the updates of an object {@linkcode Versions}
 * holds; nobody goes back to an earlier epoch or life, nor speaks in an epoch that it is not of.
 */
export class VersionWatch {
  readonly versions: Versions;
  readonly holdings = new Holdings();
  readonly #options: VersionWatchOptions;
  readonly #speakers = new Map<number, Speaker>();
  /** Those of the newest epoch. */
  #members: readonly Member[] = [];

  constructor(options: VersionWatchOptions) {
    this.#options = options;
    const { now } = options;
    this.versions = new Versions({ now, fail: (what) => this.#fail(what) });
  }

  /** A replica begins: it knows what its disk knows, and counts another life. */
  started(node: number): void {
    this.#speaker(node).isNew = true;
  }

  /** A replica has a new disk, and with it no past. */
  renewed(node: number): void {
    this.#speakers.delete(node);
    this.holdings.lost(node);
  }

  /** A replica says how its disk was born, and where it stands. */
  published(node: number, { birth, epoch }: { birth: number; epoch: number }): void {
    if (birth !== 0 && this.holdings.born(node, birth)) this.#speakers.delete(node);
    // It has not been told of any yet.
    if (epoch !== 0) this.#checkEpoch(node, epoch);
  }

  /** The master has decided: whoever has become a member holds everything that is committed. */
  decided({ members }: VolumeConfiguration): void {
    const isNew = ({ node, birth }: Member) =>
      !this.#members.some((member) => member.node === node && member.birth === birth);
    const newcomers = this.#members.length === 0 ? [] : members.filter(isNew);
    this.#members = members;
    for (const { node, birth } of newcomers) {
      const lost = this.versions.objects.find((object) => {
        const newest = this.versions.committedOf(object).at(-1);
        return newest !== undefined && !this.holdings.holds(node, birth, object, newest.update.ts);
      });
      if (lost === undefined) continue;
      const { ts } = this.versions.committedOf(lost).at(-1)!.update;
      this.#fail(`replica ${node} is a member, and does not hold ${words({ object: lost, ts })}`);
    }
  }

  /** A replica keeps an update, or is about to. */
  keeps(node: number, update: Update): void {
    this.versions.saw(update, `replica ${node}`);
  }

  /** A replica takes an update to be committed. */
  takes(node: number, object: string, ts: Timestamp): void {
    this.#commits(`replica ${node}`, object, ts);
  }

  /** A client was told that a request is executed, or what an object holds. */
  told(client: number, object: string, ts: Timestamp): void {
    this.#commits(`client ${client}`, object, ts);
  }

  /** A replica answers a linearizable query. */
  answersRead(node: number): void {
    const configuration = this.#options.decided.volume(this.#options.volume);
    if (!this.#options.leases || configuration === undefined) return;
    if (configuration.members.some((member) => member.node === node)) return;
    this.#fail(`node ${node} answers a read, though it is no member any more`);
  }

  /** A replica sends a message to another one, or to a node that is none. */
  sent({ from, isReplay }: SentMessage, sent: unknown): void {
    // What the network repeats was judged when it was said.
    if (isReplay) return;
    const message = sent as HermesMessage;
    this.#checkEpoch(from, message.epoch);
    // It is sent before it is durable that this life has begun, and says nothing of what its sender holds.
    if (message.type !== "outdated") this.#checkLife(from, message.life);
    const configuration = this.#configuration(message.epoch);
    if (configuration === undefined) {
      return this.#fail(`replica ${from} speaks in epoch ${message.epoch}, which nobody decided`);
    }
    if (message.type !== "outdated" && !liveOf(configuration).some(({ node }) => node === from)) {
      const { type, epoch } = message;
      return this.#fail(`replica ${from} sends ${type} in epoch ${epoch}, of which it is not`);
    }
    switch (message.type) {
      case "inv":
        for (const update of message.updates) this.#begins(from, update);
        return;
      case "ack":
        for (const { object, ts } of message.acks) this.#acknowledges(from, object, ts);
        return;
      case "val":
        for (const { object, ts } of message.vals) {
          this.#commits(`replica ${from}`, object, ts, configuration);
        }
        return;
      case "chunk":
        return this.#copies(from, message);
      case "recall":
        // What it asks for may be noted before any of it is in a journal, and have others evicted.
        return this.versions.heard(message.clientId);
      case "recalled":
        return this.#recalls(from, message);
    }
  }

  /** Who lacks an update that is to be committed; `undefined` if nobody does. */
  lacking(object: string, ts: Timestamp, epoch?: VolumeConfiguration): string | undefined {
    const { holdings } = this;
    const newest = this.#options.decided.volume(this.#options.volume);
    const lacks = ({ node, birth }: Member) => !holdings.holds(node, birth, object, ts);
    const lacked = ({ node, birth }: Member) => !holdings.held(node, birth, object, ts);
    // Who was live in an epoch that is over may have forgotten everything since, to join anew.
    const isOver = epoch !== undefined && epoch.epoch !== newest?.epoch;
    const live = epoch === undefined ? [] : liveOf(epoch);
    const missing = newest?.members.find(lacks) ?? live.find(isOver ? lacked : lacks);
    return missing && `${missing.node}`;
  }

  #begins(node: number, update: Update): void {
    const { object, base } = update;
    const isNew = this.versions.saw(update, `replica ${node}`);
    if (!isNew || isOrigin(base)) return;
    const missing = this.lacking(object, base);
    if (missing === undefined) return;
    this.#fail(
      `replica ${node} begins ${words(update)} from ${
        words({ object, ts: base })
      }, which replica ` +
        `${missing} does not hold`,
    );
  }

  #acknowledges(node: number, object: string, ts: Timestamp): void {
    if (this.holdings.holdsNow(node, object, ts)) return;
    this.#fail(`replica ${node} acknowledges ${words({ object, ts })}, which is not durable there`);
  }

  #copies(node: number, { objects }: HermesMessageOf<"chunk">): void {
    for (const { update, isValid } of objects) {
      this.versions.saw(update, `replica ${node}`);
      if (isValid) this.#commits(`replica ${node}`, update.object, update.ts);
    }
  }

  #recalls(node: number, { record, isPending }: HermesMessageOf<"recalled">): void {
    if (isPending || record === null || record.fate !== "overtaken") return;
    this.versions.isVoid(record.object, record.ts, `replica ${node}`);
  }

  /** Somebody takes an update to be committed: all that count must hold it, or a later one. */
  #commits(who: string, object: string, ts: Timestamp, epoch?: VolumeConfiguration): void {
    if (isOrigin(ts)) return;
    const isKnown = this.versions.get(object, ts)?.committedAt !== undefined;
    const missing = isKnown ? undefined : this.lacking(object, ts, epoch);
    if (missing !== undefined) {
      const what = words({ object, ts });
      this.#fail(`${who} takes ${what} to be committed, which replica ${missing} does not hold`);
    }
    this.versions.commit(object, ts, who);
  }

  #checkEpoch(node: number, epoch: number): void {
    const speaker = this.#speaker(node);
    if (epoch < speaker.epoch) {
      this.#fail(`replica ${node} goes back from epoch ${speaker.epoch} to ${epoch}`);
    }
    speaker.epoch = Math.max(speaker.epoch, epoch);
  }

  #checkLife(node: number, life: number): void {
    const speaker = this.#speaker(node);
    if (life < speaker.life || (speaker.isNew && life === speaker.life)) {
      this.#fail(`replica ${node} speaks in life ${life} after ${speaker.life}`);
    }
    speaker.isNew = false;
    speaker.life = Math.max(speaker.life, life);
  }

  #speaker(node: number): Speaker {
    let speaker = this.#speakers.get(node);
    if (speaker === undefined) {
      this.#speakers.set(node, speaker = { epoch: 0, life: 0, isNew: false });
    }
    return speaker;
  }

  #configuration(epoch: number): VolumeConfiguration | undefined {
    return this.#options.decided.inEpoch(this.#options.volume, epoch);
  }

  #fail(what: string): void {
    this.#options.fail(`volume ${this.#options.volume}: ${what}`);
  }
}

/** The replicas whose acknowledgements are required in an epoch. */
function liveOf({ members, joining }: VolumeConfiguration): readonly Member[] {
  return joining === null ? members : [...members, joining];
}
