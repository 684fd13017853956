import { threshold } from "../../protocols/vr/quorum.ts";
import { FaultAccount } from "../fault_account.ts";
import type { Decided } from "./decided.ts";

/** What the account needs to know. */
export interface VolumeAccountOptions {
  readonly decided: Decided;
  readonly nodeCount: number;
  readonly volumes: number;
  /** Whether the replica of a node is there, and in the newest epoch of its volume. */
  readonly isAtWork: (node: number, volume: number) => boolean;
}

/** What happened to the disk of a replica. */
interface Harm {
  /** The process that was there then, or had been last. */
  readonly life: number;
}

/**
 * The account of what was done to the disks of a cluster with a master. The master's group is a VR group: no more
 * than f of its disks may be harmed at a time. Of each volume there must be a member that holds everything;
 * since a member whose disk is harmed can only be copied anew, another one must be left when it is harmed.
 */
export class VolumeAccount {
  readonly master: FaultAccount;
  readonly #decided: Decided;
  readonly #harmed = new Map<string, Harm>();
  readonly #nodeCount: number;
  readonly #volumes: number;
  readonly #isAtWork: VolumeAccountOptions["isAtWork"];

  constructor(options: VolumeAccountOptions) {
    const { decided, nodeCount, volumes } = options;
    this.#decided = decided;
    this.#nodeCount = nodeCount;
    this.#volumes = volumes;
    this.#isAtWork = options.isAtWork;
    this.master = new FaultAccount(nodeCount);
  }

  /** Whether nothing is harmed at present. */
  get isWell(): boolean {
    return this.master.harmedCount === 0 && this.#harmed.size === 0;
  }

  /** The members of a volume, as things stand, that hold everything that they ever acknowledged. */
  whole(volume: number): number[] {
    const { members = [] } = this.#decided.volume(volume) ?? {};
    return members.map(({ node }) => node).filter((node) => !this.#isHarmed(node, volume));
  }

  /** Whether a volume is beyond help: all of its members were harmed, one after the other. */
  get lost(): number[] {
    return this.#all.filter((volume) => this.whole(volume).length === 0);
  }

  /** Whether the disk of a replica may be harmed, now. */
  mayHarm(node: number, volume: number): boolean {
    const others = this.whole(volume).filter((other) => other !== node);
    return others.some((other) => this.#isAtWork(other, volume)) &&
      !this.#isAnyHarmed(volume, node);
  }

  /** Whether all disks of a node may be lost, now. */
  mayWipe(node: number): boolean {
    return threshold(this.#nodeCount) > 0 && this.master.harmedCount === 0 &&
      this.#all.every((volume) => this.mayHarm(node, volume));
  }

  /** The disk of a replica was harmed. */
  harmed(node: number, volume: number, life: number): void {
    this.#harmed.set(key(node, volume), { life });
  }

  /** A replica of a later life takes part: either its disk was whole, or it was copied anew. */
  normal(node: number, volume: number, life: number): void {
    const harm = this.#harmed.get(key(node, volume));
    if (harm !== undefined && life > harm.life) this.#harmed.delete(key(node, volume));
  }

  get #all(): number[] {
    return Array.from({ length: this.#volumes }, (_, volume) => volume);
  }

  #isHarmed(node: number, volume: number): boolean {
    return this.#harmed.has(key(node, volume));
  }

  /** Whether another replica of the volume is harmed already. */
  #isAnyHarmed(volume: number, except: number): boolean {
    for (let node = 0; node < this.#nodeCount; node++) {
      if (node !== except && this.#isHarmed(node, volume)) return true;
    }
    return false;
  }
}

function key(node: number, volume: number): string {
  return `${node}/${volume}`;
}
