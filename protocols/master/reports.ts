/**
 * What a replica tells the membership of its node without being asked: who it is, whom it hears, what it holds
 * against whom. Signs of life are passed on twice a heartbeat at most. The rest is told when it changes, and
 * again to a membership that has started anew.
 *
 * @module
 */
import type { Context } from "../../actors/actor.ts";
import type { Ref } from "../../actors/ref.ts";
import type { MembershipEvent, MembershipRequest } from "./membership.ts";

/** What a replica's reports depend on. */
export interface ReportsOptions {
  readonly volume: number;
  readonly membership: Ref<MembershipRequest>;
  readonly heartbeatMs: number;
}

/** The reports of one replica. */
export class Reports {
  readonly #context: Context<MembershipEvent>;
  readonly #options: ReportsOptions;
  readonly #heardAt = new Map<number, number>();
  #outdatedAt = -Infinity;
  #stalled: string | null = null;
  #accused: number | null = null;

  constructor(context: Context<MembershipEvent>, options: ReportsOptions) {
    this.#context = context;
    this.#options = options;
  }

  /** Why the journal makes no progress, if it does not. */
  get stalled(): string | null {
    return this.#stalled;
  }

  /** Who is held up as deaf. */
  get accused(): number | null {
    return this.#accused;
  }

  /** Tells who this replica is. */
  introduce(birth: number): void {
    const { volume } = this.#options;
    this.#send({ type: "ready", volume, birth, replyTo: this.#context.self });
    if (this.#stalled !== null) this.#sendStalled();
    if (this.#accused !== null) this.accuse(this.#accused);
  }

  /** A node gives a sign of life. */
  heard(node: number): void {
    const now = this.#context.now();
    if (now - (this.#heardAt.get(node) ?? -Infinity) < this.#options.heartbeatMs / 2) return;
    this.#heardAt.set(node, now);
    this.#send({ type: "heard", node });
  }

  /** Somebody is in this epoch, which is later than ours. */
  outdated(epoch: number): void {
    const now = this.#context.now();
    if (now - this.#outdatedAt < this.#options.heartbeatMs / 2) return;
    this.#outdatedAt = now;
    this.#send({ type: "outdated", volume: this.#options.volume, epoch });
  }

  /** Holds up a node as deaf; with `null`, nobody any more. */
  accuse(node: number | null): void {
    this.#accused = node;
    this.#send({ type: "deaf", volume: this.#options.volume, node });
  }

  /** The journal makes no progress; with `null`, it does again. */
  setStalled(reason: string | null): void {
    this.#stalled = reason;
    if (reason === null) this.#context.log("info", "the journal takes writes again");
    else {this.#context.log(
        "error",
        `acknowledging nothing: the journal takes no writes: ${reason}`,
      );}
    this.#sendStalled();
  }

  #sendStalled(): void {
    const isStalled = this.#stalled !== null;
    this.#send({ type: "stalled", volume: this.#options.volume, isStalled });
  }

  #send(report: MembershipRequest): void {
    this.#context.send(this.#options.membership, report);
  }
}
