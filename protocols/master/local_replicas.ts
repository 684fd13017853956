import type { Ref } from "../../actors/ref.ts";
import type { MembershipEvent, MembershipRequest } from "./membership.ts";
import type { ReplicaBirth } from "./commands.ts";
import type { Configuration } from "./configuration.ts";

/** What a replica has said in an epoch, and the master has not taken notice of. */
export type Said = Extract<MembershipRequest, { type: "extended" | "stopped" }>;

interface LocalReplica {
  readonly birth: number;
  readonly ref: Ref<MembershipEvent>;
  /** Whether the master knows of this incarnation: nothing that an earlier one said counts. */
  hasEntered: boolean;
  /** The newest epoch that it was told of. */
  epoch: number;
  said: Said | undefined;
}

/** The replicas of this node: which are there, and what they are to be told. */
export class LocalReplicas {
  readonly #replicas = new Map<number, LocalReplica>();
  readonly #send: (to: Ref<MembershipEvent>, event: MembershipEvent) => void;

  /** Takes how a message is sent. */
  constructor(send: (to: Ref<MembershipEvent>, event: MembershipEvent) => void) {
    this.#send = send;
  }

  /** On which disks they are. */
  get births(): ReplicaBirth[] {
    return [...this.#replicas]
      .map(([volume, { birth }]) => ({ volume, birth }))
      .sort((a, b) => a.volume - b.volume);
  }

  /** Whether one is there that the master does not know of. */
  get isEntryDue(): boolean {
    return [...this.#replicas.values()].some(({ hasEntered }) => !hasEntered);
  }

  /** What they have said, and is still to be submitted. */
  get said(): Said[] {
    return [...this.#replicas.values()].flatMap(({ said }) => said ?? []);
  }

  /**
   * A replica is there. Returns whether it is another incarnation than before, with which everything
   * begins anew.
   */
  ready({ volume, birth, replyTo }: Extract<MembershipRequest, { type: "ready" }>): boolean {
    const known = this.#replicas.get(volume);
    if (known?.ref.incarnation === replyTo.incarnation && known.birth === birth) {
      // So that it is told again.
      known.epoch = 0;
      return false;
    }
    const replica = { birth, ref: replyTo, hasEntered: false, epoch: 0, said: undefined };
    this.#replicas.set(volume, replica);
    return true;
  }

  /** Notes what a replica has said. One that is not there yet will say it again. */
  say(said: Said): void {
    const replica = this.#replicas.get(said.volume);
    if (replica !== undefined) replica.said = said;
  }

  /** What a replica has said was submitted. If that was in vain, it will say it again. */
  unsay(volume: number): void {
    const replica = this.#replicas.get(volume);
    if (replica !== undefined) replica.said = undefined;
  }

  /** Who is there, for {@linkcode LocalReplicas.entered} once the master has taken notice of them. */
  incarnations(): ReadonlyMap<number, number> {
    return new Map([...this.#replicas].map(([volume, { ref }]) => [volume, ref.incarnation]));
  }

  /** The master knows of these incarnations. */
  entered(incarnations: ReadonlyMap<number, number>): void {
    for (const [volume, replica] of this.#replicas) {
      if (incarnations.get(volume) === replica.ref.incarnation) replica.hasEntered = true;
    }
  }

  /** Tells a replica something, if it is there. */
  tell(volume: number, event: MembershipEvent): void {
    const replica = this.#replicas.get(volume);
    if (replica !== undefined) this.#send(replica.ref, event);
  }

  /** Tells each of its volume's newest epoch; forgets what was said in earlier ones. */
  assign({ formed, volumes }: Configuration): void {
    if (!formed) return;
    for (const [index, replica] of this.#replicas) {
      const volume = volumes[index]!;
      if (replica.said !== undefined && replica.said.epoch < volume.epoch) replica.said = undefined;
      if (!replica.hasEntered || replica.epoch >= volume.epoch) continue;
      replica.epoch = volume.epoch;
      this.#send(replica.ref, { type: "assigned", volume });
    }
  }

  /** Tells each that was told of its volume until when it may serve reads. */
  lease(until: number): void {
    for (const { ref, epoch } of this.#replicas.values()) {
      if (epoch > 0) this.#send(ref, { type: "lease", until });
    }
  }
}
