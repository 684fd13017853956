import type {
  Configuration,
  Member,
  VolumeConfiguration,
} from "../../protocols/master/configuration.ts";

/** What is known of a replica. */
export interface LeaseHolder {
  /** The birth of its disk. */
  readonly birth: number;
  /** Until when it may serve reads at least, by the clock of its node; `null` if it never could. */
  readonly leaseUntil: number | null;
  /** What that clock shows now. */
  readonly time: number;
}

/** What the watch over leases needs of the world. */
export interface LeaseWatchOptions {
  /** The replica of a node; `undefined` if there is none at present. */
  readonly holder: (node: number, volume: number) => LeaseHolder | undefined;
  readonly fail: (what: string) => void;
}

/**
 * Watches that nobody is expelled whose lease has not run out by its own clock, whether or not anybody
 * happens to read there then. Who leaves has said that it serves nothing any more, and who has another disk
 * is another replica.
 */
export class LeaseWatch {
  readonly #options: LeaseWatchOptions;
  #volumes: readonly VolumeConfiguration[] = [];

  constructor(options: LeaseWatchOptions) {
    this.#options = options;
  }

  /** The master has decided. */
  decided({ volumes }: Configuration): void {
    for (const before of this.#volumes) this.#compare(before, volumes[before.volume]!);
    this.#volumes = volumes;
  }

  #compare({ volume, members, leaving }: VolumeConfiguration, after: VolumeConfiguration): void {
    for (const member of members) {
      if (member.node === leaving || isMember(after, member)) continue;
      const holder = this.#options.holder(member.node, volume);
      if (holder === undefined || holder.birth !== member.birth) continue;
      const leftMs = (holder.leaseUntil ?? 0) - holder.time;
      if (leftMs <= 0) continue;
      const what = `node ${member.node} is expelled while it has a lease`;
      this.#options.fail(`volume ${volume}: ${what}, for ${leftMs.toFixed(1)} ms more`);
    }
  }
}

function isMember({ members }: VolumeConfiguration, { node, birth }: Member): boolean {
  return members.some((member) => member.node === node && member.birth === birth);
}
