import type { ActorSystem } from "../../actors/system.ts";
import type { ClientTableFigures } from "../../protocols/client_table.ts";
import type { VolumeConfiguration } from "../../protocols/master/configuration.ts";
import type { MembershipFigures } from "../../protocols/master/member.ts";
import { MASTER, MEMBERSHIP } from "../../protocols/master/names.ts";
import { volumeNames } from "../../protocols/volume_names.ts";
import type { ReplicaFigures } from "../../protocols/vr/replica.ts";
import { NO_REPLICA, NO_TABLE } from "./observer.ts";

const NO_MEMBERSHIP: MembershipFigures = {
  configuration: null,
  leaseUntil: null,
  leaseMs: 0,
  suspected: [],
  entered: false,
};

/** What replicas publish, whatever the protocol. */
export interface VolumeFigures {
  /** The configuration that the replica is in; 0 before the first. */
  readonly epoch: number;
  readonly role: string;
  /** The nodes of the volume's members. */
  readonly members: readonly number[];
  /** Why the journal makes no progress; `null` if it does. */
  readonly stalled: string | null;
}

/** Where a node stands in one volume. */
export interface ObservedVolume<F extends VolumeFigures = VolumeFigures> {
  readonly volume: number;
  readonly replica: F;
  readonly table: ClientTableFigures;
  /** What the master has decided about it, as far as the node knows. */
  readonly decided: VolumeConfiguration | undefined;
}

/** How the replicas of a protocol are observed. */
export interface VolumeObserverOptions<F extends VolumeFigures> {
  /** How many volumes there are. */
  readonly volumes: number;
  /** Under which topic replicas publish their figures. */
  readonly topic: string;
  /** What is known of a replica before it has said anything. */
  readonly unknown: F;
}

/** Keeps the newest of what the actors of a node publish, with a protocol that has a master. */
export class VolumeObserver<F extends VolumeFigures> {
  readonly #system: ActorSystem;
  readonly #options: VolumeObserverOptions<F>;
  /** By the actor who published them. */
  readonly #figures = new Map<string, unknown>();
  #epochs = 0;

  constructor(system: ActorSystem, options: VolumeObserverOptions<F>) {
    this.#system = system;
    this.#options = options;
    const topics = [options.topic, "replica", "client-table", "membership"];
    system.events.subscribe((event) => {
      if (event.type !== "published" || !topics.includes(event.topic)) return;
      const { actor, topic, detail } = event;
      if (topic === options.topic) this.#countEpoch(actor, detail as Partial<F>);
      this.#figures.set(actor, detail);
    });
  }

  /** The index of the node. */
  get node(): number {
    return this.#system.node;
  }

  /** Every volume, in the order of their numbers. */
  get volumes(): readonly ObservedVolume<F>[] {
    const decided = this.membership.configuration?.volumes;
    return Array.from({ length: this.#options.volumes }, (_, volume) => {
      const names = volumeNames(volume);
      return {
        volume,
        replica: this.#of(names.replica, this.#options.unknown),
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
  whyInactive(volume: number, _isUpdate: boolean): string | undefined {
    const { members, epoch, role } = this.volumes[volume]!.replica;
    if (epoch === 0) return undefined;
    if (members.length === 0) return "has no member left: it waits for one to come back";
    // A member whose disk was lost is the node's, and yet another replica than the one that is there.
    const isLost = (member: number) =>
      member === this.node ? role === "spare" : this.suspected.includes(member);
    if (!members.every(isLost)) return undefined;
    return `waits for one of its members, and nothing is heard of them: ${members.join(", ")}`;
  }

  #of<T>(actor: string, fallback: T): T {
    return (this.#figures.get(actor) as T | undefined) ?? fallback;
  }

  /** The master's replica, which may publish under the same topic, has no epochs. */
  #countEpoch(actor: string, { epoch = 0 }: Partial<F>): void {
    const before = this.#of<Partial<F>>(actor, {}).epoch ?? 0;
    if (epoch > before) this.#epochs++;
  }
}
