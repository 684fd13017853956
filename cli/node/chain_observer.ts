import type { ActorSystem } from "../../actors/system.ts";
import { volumeNames } from "../../protocols/volume_names.ts";
import type { ChainFigures } from "../../protocols/chain/replica.ts";
import type { ClientTableFigures } from "../../protocols/client_table.ts";
import type { VolumeConfiguration } from "../../protocols/master/configuration.ts";
import type { MembershipFigures } from "../../protocols/master/member.ts";
import { MASTER, MEMBERSHIP } from "../../protocols/master/names.ts";
import type { ReplicaFigures } from "../../protocols/vr/replica.ts";
import { NO_REPLICA, NO_TABLE } from "./observer.ts";

/** What is known of a replica before it has said anything. */
const NO_CHAIN: ChainFigures = {
  volume: 0,
  role: "starting",
  epoch: 0,
  members: [],
  joining: null,
  leaving: false,
  writable: false,
  birth: 0,
  opNumber: 0,
  applied: 0,
  acknowledged: 0,
  sentLength: 0,
  executed: 0,
  leaseUntil: null,
  frozen: false,
  stalled: null,
  deaf: null,
  logBytes: 0,
};

const NO_MEMBERSHIP: MembershipFigures = {
  configuration: null,
  leaseUntil: null,
  leaseMs: 0,
  suspected: [],
  entered: false,
};

/** Where a node stands in one volume. */
export interface ObservedVolume {
  readonly volume: number;
  readonly replica: ChainFigures;
  readonly table: ClientTableFigures;
  /** What the master has decided about it, as far as the node knows. */
  readonly decided: VolumeConfiguration | undefined;
}

/** Keeps the newest of what the actors of a node of a chain cluster publish. */
export class ChainObserver {
  readonly #system: ActorSystem;
  readonly #volumes: number;
  /** By the actor who published them. */
  readonly #figures = new Map<string, unknown>();
  #epochs = 0;

  constructor(system: ActorSystem, volumes: number) {
    this.#system = system;
    this.#volumes = volumes;
    system.events.subscribe((event) => {
      if (event.type !== "published") return;
      const { actor, topic, detail } = event;
      if (topic !== "replica" && topic !== "client-table" && topic !== "membership") return;
      if (topic === "replica") this.#countEpoch(actor, detail as Partial<ChainFigures>);
      this.#figures.set(actor, detail);
    });
  }

  /** Every volume, in the order of their numbers. */
  get volumes(): readonly ObservedVolume[] {
    const decided = this.membership.configuration?.volumes;
    return Array.from({ length: this.#volumes }, (_, volume) => {
      const names = volumeNames(volume);
      return {
        volume,
        replica: this.#of(names.replica, NO_CHAIN),
        table: this.#of(names.clientTable, NO_TABLE),
        decided: decided?.[volume],
      };
    });
  }

  /** The node's replica of the master's group. */
  get master(): ReplicaFigures {
    return this.#of(MASTER.replica, NO_REPLICA);
  }

  /** Who speaks to the master. */
  get membership(): MembershipFigures {
    return this.#of(MEMBERSHIP.member, NO_MEMBERSHIP);
  }

  /** Whom the node suspects of having failed. */
  get suspected(): readonly number[] {
    return this.membership.suspected;
  }

  /** How often a volume has come into another configuration since the node was started. */
  get epochs(): number {
    return this.#epochs;
  }

  /** For how long the node may still serve reads without asking the master, in milliseconds. */
  get leaseMs(): number {
    const { leaseUntil } = this.membership;
    const now = this.#system.environment.now();
    return leaseUntil === null ? 0 : Math.max(0, Math.round(leaseUntil - now));
  }

  /** Why nobody can serve a volume at present; `undefined` if somebody should. */
  whyInactive(volume: number, isUpdate: boolean): string | undefined {
    const { members, epoch, writable, role } = this.volumes[volume]!.replica;
    if (epoch === 0) return undefined;
    if (members.length === 0) return "has no member left: it waits for one to come back";
    const { node } = this.#system;
    // A member whose disk was lost is the node's, and yet another replica than the one that is there.
    const isLost = (member: number) =>
      member === node ? role === "spare" : this.suspected.includes(member);
    if (members.every(isLost)) {
      return `waits for one of its members, and nothing is heard of them: ${members.join(", ")}`;
    }
    if (writable || !isUpdate) return undefined;
    return "takes no updates: nobody in the master data center has its data";
  }

  #of<T>(actor: string, fallback: T): T {
    return (this.#figures.get(actor) as T | undefined) ?? fallback;
  }

  /** The master's replica has no epochs. */
  #countEpoch(actor: string, { epoch = 0 }: Partial<ChainFigures>): void {
    const before = this.#of<Partial<ChainFigures>>(actor, {}).epoch ?? 0;
    if (epoch > before) this.#epochs++;
  }
}
