import type { Actor, ActorFactory, Context } from "../../actors/actor.ts";
import type { Ref } from "../../actors/ref.ts";
import type { VolumeConfiguration } from "../../protocols/master/configuration.ts";
import type { MembershipEvent, MembershipRequest } from "../../protocols/membership.ts";

/** What a replica of a test was told, and when. */
export interface Told {
  readonly at: number;
  readonly event: MembershipEvent;
}

/** What a replica of a test keeps over its incarnations: its disk, and what the test has to know. */
export class FakeReplicaState {
  birth: number;
  /** Whether it does at once what an epoch asks of it. */
  isObedient = true;
  /** Of the living incarnation. */
  volume: VolumeConfiguration | undefined;
  leaseUntil = -Infinity;
  incarnations = 0;
  readonly told: Told[] = [];

  constructor(birth: number) {
    this.birth = birth;
  }

  /** Whether it may serve reads, as far as it knows. */
  mayServe(node: number, now: number): boolean {
    if (this.volume === undefined || now >= this.leaseUntil) return false;
    const { members, leaving } = this.volume;
    return leaving !== node &&
      members.some((member) => member.node === node && member.birth === this.birth);
  }
}

/** Does of a replica's duties what concerns the membership, and no others. */
class FakeReplica implements Actor<MembershipEvent> {
  readonly #context: Context<MembershipEvent>;
  readonly #index: number;
  readonly #membership: Ref<MembershipRequest>;
  readonly #state: FakeReplicaState;

  constructor(
    context: Context<MembershipEvent>,
    index: number,
    membership: Ref<MembershipRequest>,
    state: FakeReplicaState,
  ) {
    this.#context = context;
    this.#index = index;
    this.#membership = membership;
    this.#state = state;
    state.volume = undefined;
    state.leaseUntil = -Infinity;
    state.incarnations++;
    this.#ready();
  }

  receive(event: MembershipEvent): void {
    this.#state.told.push({ at: this.#context.now(), event });
    switch (event.type) {
      case "membership-started":
        return this.#ready();
      case "assigned":
        this.#state.volume = event.volume;
        return this.#obey(event.volume);
      case "lease":
        this.#state.leaseUntil = Math.max(this.#state.leaseUntil, event.until);
        return;
    }
  }

  stopped(): void {
    this.#state.volume = undefined;
    this.#state.leaseUntil = -Infinity;
  }

  #ready(): void {
    const { birth } = this.#state;
    const replyTo = this.#context.self;
    this.#tell({ type: "ready", volume: this.#index, birth, replyTo });
  }

  #obey({ epoch, members, joining, leaving }: VolumeConfiguration): void {
    if (!this.#state.isObedient) return;
    const { node } = this.#context;
    const volume = this.#index;
    if (leaving === node) this.#tell({ type: "stopped", volume, epoch });
    const isLast = members.at(-1)?.node === node;
    if (joining !== null && isLast) this.#tell({ type: "extended", volume, epoch });
  }

  #tell(request: MembershipRequest): void {
    this.#context.send(this.#membership, request);
  }
}

/** The factory of a replica that has nothing to replicate. */
export function fakeReplica(
  index: number,
  membership: Ref<MembershipRequest>,
  state: FakeReplicaState,
): ActorFactory<MembershipEvent> {
  return (context) => new FakeReplica(context, index, membership, state);
}
