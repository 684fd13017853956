import type { Supervision } from "../../actors/actor.ts";
import type { SystemEvent } from "../../actors/events.ts";
import type { ActorSystem } from "../../actors/system.ts";
import type { NetworkOptions } from "../network.ts";
import type { SimFaultRates } from "./sim_faults.ts";
import type { SimWorld } from "./sim_world.ts";

/** What a world is made from. */
export interface SimWorldOptions {
  /** From which everything follows, 0 to 2^64 - 1. */
  readonly seed: number | bigint;
  /** How many nodes there are, 1 to 200. Their indices begin with 0. */
  readonly nodes: number;
  /**
   * Spawns and exposes the actors of a node. Called whenever a process of the node starts: what the
   * actors of an earlier process had in memory is gone. What is to outlive a crash, as on a disk, is
   * kept outside of them.
   */
  readonly start: (system: ActorSystem) => void;
  /**
   * Returns, or throws, what is wrong. Asked after every step.
   *
   * @default {() => undefined}
   */
  readonly invariant?: (world: SimWorld) => string | undefined;
  /** Sees whatever happens on any node, such as what actors publish. Default: nobody does. */
  readonly observe?: (node: number, event: SystemEvent) => void;
  /**
   * How messages between nodes travel.
   *
   * @default {CALM_NETWORK}
   */
  readonly network?: Partial<NetworkOptions>;
  /**
   * What breaks of itself, and how often. Without it only you break things.
   *
   * @default {NO_FAULTS}
   */
  readonly faults?: Partial<SimFaultRates>;
  /**
   * How far the wall clocks are off, at most, in milliseconds.
   *
   * @default {0}
   */
  readonly clockErrorMs?: number;
  /**
   * Whether `context.maybe(label)` is true now and then.
   *
   * @default {false}
   */
  readonly forcesRareBranches?: boolean;
  /**
   * How the top-level actors of a node are supervised. If a failure escalates, the process ends, and
   * another starts after 300 ms.
   *
   * @default {one-for-one}
   */
  readonly supervision?: Supervision;
  /**
   * Which errors of actors are no violation. Those of `crashActor` never are.
   *
   * @default {() => false}
   */
  readonly mayFail?: (error: unknown) => boolean;
}
