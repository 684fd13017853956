import { type RandomStream, randomStream } from "../actors/random.ts";
import { oneOf } from "./distributions.ts";

/** How often a rare branch could have been taken, and was. */
export interface BranchFigures {
  reached: number;
  taken: number;
}

interface Site {
  readonly random: RandomStream;
  /** The share of times that it is taken; 0 for a site that is off in this run. */
  readonly share: number;
  readonly figures: BranchFigures;
}

/** The share of sites that are on in a run. */
const SHARE_ON = 0.25;
/** How often a site is taken that is on: each of these is as likely. */
const SHARES = [0.5, 0.1, 0.02] as const;

/**
 * The places in the code that ask `context.maybe(label)`, and which of them are forced: in a run each is
 * on or off, and those that are on are taken often or seldom (FoundationDB's BUGGIFY).
 */
export class RareBranches {
  readonly #seed: bigint;
  readonly #sites = new Map<string, Site>();
  #isForced: boolean;

  constructor(seed: bigint, isForced: boolean) {
    this.#seed = seed;
    this.#isForced = isForced;
  }

  /** What became of each site that was reached, by label. */
  get figures(): ReadonlyMap<string, BranchFigures> {
    return new Map(Array.from(this.#sites, ([label, { figures }]) => [label, figures]));
  }

  /** Forces nothing any more: some branches cost progress, which a healed cluster must make. */
  stop(): void {
    this.#isForced = false;
  }

  /** Whether to take the branch of that label, now. */
  take(label: string): boolean {
    const site = this.#sites.get(label) ?? this.#add(label);
    site.figures.reached++;
    if (!this.#isForced || site.share === 0) return false;
    const isTaken = site.random() < site.share;
    if (isTaken) site.figures.taken++;
    return isTaken;
  }

  #add(label: string): Site {
    const random = randomStream(this.#seed, `maybe/${label}`);
    const share = random() < SHARE_ON ? oneOf(random, SHARES) : 0;
    const site: Site = { random, share, figures: { reached: 0, taken: 0 } };
    this.#sites.set(label, site);
    return site;
  }
}
