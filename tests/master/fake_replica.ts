import type { Actor, ActorFactory, Context } from "../../actors/actor.ts";
import type { Ref } from "../../actors/ref.ts";
import type { VolumeConfiguration } from "../../protocols/master/configuration.ts";
import type { MembershipEvent, MembershipRequest } from "../../protocols/master/membership.ts";
import type { Topology } from "../../protocols/master/topology.ts";

/** What a replica of a test was told, and when. */
export interface Told {
  readonly at: number;
  readonly event: MembershipEvent;
}

/** What a replica of a test keeps over its incarnations: its disk, and what the test has to know. */
export class FakeReplicaState {
  birth: number;
  /** Whether it does what an epoch asks of it. */
  isObedient = true;
  /** How long it takes for that, in milliseconds. */
  delayMs: () => number = () => 0;
  /** The epoch in which the living incarnation commits nothing more alone. */
  frozenIn: number | undefined;
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

type FakeMessage = MembershipEvent | { readonly type: "obey" };

/** Does of a replica's duties what concerns the membership, and no others. */
class FakeReplica implements Actor<FakeMessage> {
  readonly #context: Context<FakeMessage>;
  readonly #index: number;
  readonly #membership: Ref<MembershipRequest>;
  readonly #state: FakeReplicaState;
  readonly #topology: Topology;

  constructor(
    context: Context<FakeMessage>,
    index: number,
    membership: Ref<MembershipRequest>,
    state: FakeReplicaState,
    topology: Topology,
  ) {
    this.#context = context;
    this.#index = index;
    this.#membership = membership;
    this.#state = state;
    this.#topology = topology;
    state.volume = undefined;
    state.leaseUntil = -Infinity;
    state.frozenIn = undefined;
    state.incarnations++;
    this.#ready();
  }

  receive(event: FakeMessage): void {
    if (event.type === "obey") return this.#obey();
    this.#state.told.push({ at: this.#context.now(), event });
    switch (event.type) {
      case "membership-started":
        return this.#ready();
      case "assigned":
        this.#state.volume = event.volume;
        return this.#context.setTimer("obey", this.#state.delayMs(), { type: "obey" });
      case "lease":
        this.#state.leaseUntil = Math.max(this.#state.leaseUntil, event.until);
        return;
      case "checked":
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

  /** What it says may be in vain, or lost: so it says it again. */
  #obey(): void {
    if (!this.#state.isObedient) return;
    const { epoch, members, joining, leaving } = this.#state.volume!;
    const { node } = this.#context;
    const { birth } = this.#state;
    const volume = this.#index;
    if (leaving === node) {
      this.#tell({ type: "stopped", volume, epoch });
      this.#context.setTimer("obey", 100, { type: "obey" });
    }
    const speaker = this.#topology === "chain" ? members.at(-1) : joining;
    if (joining === null || speaker?.node !== node || speaker.birth !== birth) return;
    this.#state.frozenIn = epoch;
    this.#tell({ type: "extended", volume, epoch });
    this.#context.setTimer("obey", 100, { type: "obey" });
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
  topology: Topology = "chain",
): ActorFactory<FakeMessage> {
  return (context) => new FakeReplica(context, index, membership, state, topology);
}
