import type { StateMachine } from "../../protocols/state_machine.ts";
import type {
  Configuration,
  Member,
  VolumeConfiguration,
} from "../../protocols/master/configuration.ts";
import type { MasterMachine } from "../../protocols/master/machine.ts";

/**
 * Everything that the master has decided so far, from the moment that its first replica has executed it; and
 * what must hold of it, whoever decides.
 */
export class Decided {
  /** By volume: the configuration of each epoch. */
  readonly #volumes: Map<number, VolumeConfiguration>[];
  readonly #observers = new Set<(configuration: Configuration) => void>();
  #configuration: Configuration | undefined;

  constructor(volumes: number) {
    this.#volumes = Array.from({ length: volumes }, () => new Map());
  }

  /** The newest configuration; `undefined` before there is any. */
  get configuration(): Configuration | undefined {
    return this.#configuration;
  }

  /** The newest configuration of a volume. */
  volume(volume: number): VolumeConfiguration | undefined {
    return this.#configuration?.volumes[volume];
  }

  /** Whether the master intends to expel a node. */
  isToBeExpelled(node: number): boolean {
    const expelling = this.#configuration?.nodes[node]?.expelling ?? null;
    return expelling !== null;
  }

  /** The configuration of a volume in an epoch. */
  inEpoch(volume: number, epoch: number): VolumeConfiguration | undefined {
    return this.#volumes[volume]?.get(epoch);
  }

  /** Has someone told of every new configuration. */
  observe(observer: (configuration: Configuration) => void): void {
    this.#observers.add(observer);
  }

  /** Takes what the master has come to after an entry; returns what is wrong with it. */
  take(machine: StateMachine): string | undefined {
    const { configuration } = machine as MasterMachine;
    const before = this.#configuration;
    if (before !== undefined && configuration.version === before.version) return undefined;
    this.#configuration = configuration;
    const wrong = before !== undefined && configuration.version < before.version
      ? `version ${configuration.version} comes after ${before.version}`
      : configuration.volumes.map((volume) => this.#takeVolume(volume)).find((each) => each);
    for (const observer of this.#observers) observer(configuration);
    return wrong;
  }

  #takeVolume(next: VolumeConfiguration): string | undefined {
    const { volume, epoch } = next;
    const epochs = this.#volumes[volume]!;
    const name = `volume ${volume}, epoch ${epoch}`;
    const known = epochs.get(epoch);
    if (known !== undefined) {
      return wordsOf(known) === wordsOf(next) ? undefined : `${name} has two configurations`;
    }
    const before = epochs.get(Math.max(-1, ...epochs.keys()));
    epochs.set(epoch, next);
    if (before === undefined || before.members.length === 0) return undefined;
    if (epoch < before.epoch) return `${name} comes after epoch ${before.epoch}`;
    if (next.members.length === 0) return `${name} has no members, and there were some before`;
    return this.#wrongStep(name, before, next);
  }

  /** Each configuration is made of the one before: members go, and who was joining is added at the end. */
  #wrongStep(
    name: string,
    before: VolumeConfiguration,
    { members, joining }: VolumeConfiguration,
  ): string | undefined {
    const may = before.joining === null ? before.members : [...before.members, before.joining];
    let place = 0;
    for (const member of members) {
      while (place < may.length && !isSame(may[place]!, member)) place++;
      if (place++ === may.length) {
        return `${name}: member ${member.node} was neither a member nor joining, or not there`;
      }
    }
    const isMember = joining !== null && members.some(({ node }) => node === joining.node);
    return isMember ? `${name}: member ${joining.node} joins` : undefined;
  }
}

/** Whether two members are the same replica, on the same disk. */
function isSame(a: Member, b: Member): boolean {
  return a.node === b.node && a.birth === b.birth;
}

/** A volume in words: `epoch 3: 0 1 2, 4 joins`. */
export function wordsOf(configuration: VolumeConfiguration): string {
  const { epoch, members, joining, leaving } = configuration;
  const others = [
    joining === null ? "" : `, ${joining.node} joins`,
    leaving === null ? "" : `, ${leaving} leaves`,
  ].join("");
  return `epoch ${epoch}: ${members.map(({ node }) => node).join(" ") || "nobody"}${others}`;
}
