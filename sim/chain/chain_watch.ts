import type { ChainMessage } from "../../protocols/chain/messages.ts";
import type { JournalReply, JournalRequest } from "../../protocols/journal.ts";
import type { VolumeConfiguration } from "../../protocols/master/configuration.ts";
import type { SentMessage } from "../network.ts";
import type { Decided } from "../master/decided.ts";
import { firstDifference, LogWatch } from "./log_watch.ts";

/** What the watch over a volume needs of the world. */
export interface ChainWatchOptions {
  readonly volume: number;
  readonly decided: Decided;
  readonly fail: (what: string) => void;
}

/** What a replica says of itself, as far as it is held against others. */
export interface Position {
  readonly epoch: number;
  /** Up to where it knows the log to be committed. */
  readonly committed: number;
  /** How much of its log it holds durably, and does not take to be committed. */
  readonly sent: number;
  /** Whether it commits by itself: the last member does, unless it is to stop, or to be followed. */
  readonly commits: boolean;
}

/**
 * What must hold of the replicas of a volume, watched from outside at every step (chain.md 1.4): what is
 * forwarded and acknowledged is durable; neighbours hold the same log, the successor a prefix of it; what
 * one takes to be committed is in the log of the last member; nobody goes back to an earlier epoch, nor
 * speaks in one that is not his, nor to somebody who has no place beside him.
 */
export class ChainWatch {
  readonly #options: ChainWatchOptions;
  readonly #logs = new Map<number, LogWatch>();
  readonly #positions = new Map<number, Position>();
  /** The highest epoch that a replica has spoken in, on its present disk. */
  readonly #epochs = new Map<number, number>();
  /** Up to where the log is known to be committed. */
  #committed = 0;

  constructor(options: ChainWatchOptions) {
    this.#options = options;
  }

  /** The log of a replica. */
  log(node: number): LogWatch {
    let log = this.#logs.get(node);
    if (log === undefined) this.#logs.set(node, log = new LogWatch());
    return log;
  }

  /** A replica begins: it knows what its disk knows. */
  started(node: number): void {
    this.#positions.delete(node);
  }

  /** A replica has a new disk, and with it no past. */
  renewed(node: number): void {
    this.#positions.delete(node);
    this.#epochs.delete(node);
    this.#logs.delete(node);
  }

  /** A replica says where it stands. */
  published(node: number, position: Position): void {
    const before = this.#positions.get(node);
    if (before !== undefined && position.epoch < before.epoch) {
      this.#fail(`replica ${node} goes back from epoch ${before.epoch} to ${position.epoch}`);
    }
    if (before !== undefined && position.committed < before.committed) {
      this.#fail(`replica ${node} takes back its commit of ${before.committed}`);
    }
    if (position.commits && position.sent > 0) {
      this.#fail(
        `replica ${node} is the last member, and has not committed ${position.sent} entries`,
      );
    }
    this.#positions.set(node, position);
  }

  /** An entry is in the log of a replica. */
  #appended(node: number, opNumber: number): void {
    const position = this.#positions.get(node);
    const configuration = position && this.#configuration(position.epoch);
    if (configuration === undefined) return;
    const order = orderOf(configuration);
    const predecessor = order[order.indexOf(node) - 1];
    // Before both are in the same epoch, nothing is to be compared.
    if (predecessor === undefined) return;
    if (this.#positions.get(predecessor)?.epoch !== position!.epoch) return;
    this.#checkPrefix(configuration, predecessor, node, opNumber);
  }

  /** A replica asks its journal for something. */
  asked(node: number, request: JournalRequest): void {
    this.log(node).asked(request, (opNumber) => this.#appended(node, opNumber));
  }

  /** The journal of a replica answers it: more may be durable now. */
  answered(node: number, reply: JournalReply): void {
    this.log(node).answered(reply);
  }

  /** A replica hands an entry to be executed. */
  executes(node: number, opNumber: number): void {
    if (this.#isCommitted(opNumber)) return;
    this.#fail(`replica ${node} executes ${opNumber}, which the last member does not hold`);
  }

  /** A replica sends a message to another one, or to a node that is none. */
  sent({ from, to, isReplay }: SentMessage, message: ChainMessage): void {
    // What the network repeats was judged when it was said.
    if (isReplay) return;
    const { type, epoch } = message;
    this.#checkEpoch(from, epoch);
    const configuration = this.#configuration(epoch);
    if (configuration === undefined) {
      return this.#fail(`replica ${from} speaks in epoch ${epoch}, which nobody has decided`);
    }
    if ("committed" in message && !this.#isCommitted(message.committed)) {
      this.#fail(`replica ${from} takes ${message.committed} to be committed, which it is not`);
    }
    switch (type) {
      case "update":
        this.#checkNeighbours(configuration, from, to, type);
        return this.#checkDurable(from, message.entry.opNumber, "forwards");
      case "tip":
        return this.#checkNeighbours(configuration, from, to, type);
      case "ack":
        this.#checkNeighbours(configuration, to, from, type);
        return this.#checkDurable(from, message.received, "acknowledges");
      case "version":
        return this.#checkVersion(from, epoch, message.opNumber);
    }
  }

  /** A replica answers a linearizable query. */
  answersRead(node: number): void {
    const configuration = this.#options.decided.volume(this.#options.volume);
    if (configuration === undefined || isIn(configuration, node)) return;
    this.#fail(`node ${node} answers a read, though it is no member any more`);
  }

  /** A version is what the last member says: of the newest configuration that anybody can know. */
  #checkVersion(node: number, epoch: number, opNumber: number): void {
    const configuration = this.#options.decided.volume(this.#options.volume);
    if (configuration?.members.at(-1)?.node !== node) {
      this.#fail(`replica ${node} gives a version in epoch ${epoch}, and is not the last member`);
    } else if (opNumber < this.#committed) {
      this.#fail(
        `replica ${node} gives version ${opNumber}, though ${this.#committed} is committed`,
      );
    }
  }

  /**
   * Whether the last member holds everything up to there, durably, or one did: that of the newest
   * configuration, also if whoever goes by an earlier one does not know it yet.
   */
  #isCommitted(opNumber: number): boolean {
    if (opNumber <= this.#committed) return true;
    const { decided, volume } = this.#options;
    const last = decided.volume(volume)?.members.at(-1);
    if (last === undefined || this.log(last.node).durable < opNumber) return false;
    this.#committed = opNumber;
    return true;
  }

  #checkDurable(node: number, opNumber: number, what: string): void {
    if (this.log(node).durable >= opNumber) return;
    this.#fail(`replica ${node} ${what} ${opNumber}, which is not durable there`);
  }

  #checkEpoch(node: number, epoch: number): void {
    const spoken = this.#epochs.get(node) ?? 0;
    if (epoch < spoken) {
      this.#fail(`replica ${node} speaks in epoch ${epoch} after ${spoken}`);
    }
    this.#epochs.set(node, Math.max(spoken, epoch));
  }

  #checkNeighbours(
    configuration: VolumeConfiguration,
    predecessor: number,
    successor: number,
    what: string,
  ): void {
    const order = orderOf(configuration);
    const place = order.indexOf(predecessor);
    if (place >= 0 && order[place + 1] === successor) return;
    this.#fail(
      `${what} between ${predecessor} and ${successor}, who are no neighbours in epoch ` +
        `${configuration.epoch}`,
    );
  }

  #checkPrefix(
    { epoch }: VolumeConfiguration,
    predecessor: number,
    node: number,
    opNumber: number,
  ): void {
    const before = this.log(predecessor);
    if (!before.holds(opNumber)) {
      return this.#fail(
        `epoch ${epoch}: replica ${node} has entry ${opNumber}, and its predecessor ` +
          `${predecessor} has none after ${before.last}`,
      );
    }
    const other = firstDifference(before, this.log(node));
    if (other === undefined) return;
    this.#fail(`epoch ${epoch}: ${predecessor} and ${node} have different entries ${other}`);
  }

  #configuration(epoch: number): VolumeConfiguration | undefined {
    return this.#options.decided.inEpoch(this.#options.volume, epoch);
  }

  #fail(what: string): void {
    this.#options.fail(`volume ${this.#options.volume}: ${what}`);
  }
}

/** The nodes of a chain in their order, who is joining behind the last. */
function orderOf({ members, joining }: VolumeConfiguration): number[] {
  const all = joining === null ? members : [...members, joining];
  return all.map(({ node }) => node);
}

function isIn({ members }: VolumeConfiguration, node: number): boolean {
  return members.some((member) => member.node === node);
}
