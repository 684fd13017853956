import { randomInteger, type RandomStream } from "../../actors/random.ts";
import type { VrMessage } from "../../protocols/vr/messages.ts";
import { quorumSize } from "../../protocols/vr/quorum.ts";
import { shuffled } from "../distributions.ts";
import { FaultAccount } from "../fault_account.ts";
import { Oracle } from "../oracle.ts";
import type { SimNode } from "../processes.ts";
import { type Route, RoutedWorld } from "../routed_world.ts";
import type { WorldOptions } from "../world.ts";
import { Promises } from "./promises.ts";
import { ACTORS, type GroupOptions } from "./vr_group.ts";
import { VrNode } from "./vr_node.ts";

/** What the world of a VR group is made from. */
export interface VrWorldOptions extends WorldOptions {
  readonly group: GroupOptions;
}

/** A VR group and its world. */
export class VrWorld extends RoutedWorld {
  readonly group: GroupOptions;
  readonly account: FaultAccount;
  readonly oracle: Oracle;
  readonly promises: Promises;
  override readonly nodes: readonly VrNode[];
  override readonly actors: readonly string[] = ACTORS;
  override readonly beginnings = ["startViewChange", "doViewChange", "startView", "prepare"];
  override readonly ambushes = [
    "prepare",
    "prepareOk",
    "prepareOk",
    "startViewChange",
    "doViewChange",
    "startView",
    "newState",
    "recoveryResponse",
    "probed",
    "exitView",
    "confirmed",
    "checkpointPiece",
    "result",
    "result",
  ];
  #isFormed = false;

  /** Nothing runs before {@linkcode World.startAll}. */
  constructor(options: VrWorldOptions) {
    super(options);
    const { group, machine, invariant } = options;
    const { violations } = this;
    this.group = group;
    this.account = new FaultAccount(group.replicaCount);
    this.oracle = new Oracle(machine, () => this.clock.now, invariant, { violations });
    this.promises = new Promises(this.oracle, group.replicaCount);
    this.network.filter(({ actor, from, to, message, isReplay }) => {
      if (actor === "replica" && !isReplay) this.promises.sent(from, message as VrMessage, to);
      return undefined;
    });
    this.nodes = Array.from({ length: group.replicaCount }, (_, index) => new VrNode(this, index));
  }

  /** The node of an index. */
  node(index: number): VrNode {
    return this.nodes[index]!;
  }

  /** Whether all replicas have been normal at the same time: before, no disk may be harmed. */
  override get isFormed(): boolean {
    this.#isFormed ||= this.nodes.every((node) => node.isNormal);
    return this.#isFormed;
  }

  /** The account sees to it. */
  override get isRecoverable(): boolean {
    return true;
  }

  override get committed(): number {
    return this.oracle.length;
  }

  override get leaders(): readonly VrNode[] {
    return this.nodes.filter((node) => node.replica?.leading);
  }

  /** A disk may be lost while all others are well: what a group promises to survive. */
  override mayWipe(node: SimNode): boolean {
    const areOthersWell = this.nodes.every((other) => other === node || other.isNormal);
    if (!this.isFormed || !areOthersWell || this.account.harmedCount > 0) return false;
    return this.account.mayHarm(node.index);
  }

  /**
   * Enough replicas that hold everything, so that the core can go on alone; and as many of the others as
   * chance will have it. A group that has not formed needs everyone.
   */
  override chooseCore(random: RandomStream): readonly VrNode[] {
    const { nodes, isFormed, account, leaders } = this;
    if (!isFormed) return [...nodes];
    const leads = (index: number) => leaders.includes(nodes[index]!) ? 1 : 0;
    const quorum = quorumSize(nodes.length);
    const whole = shuffled(random, account.whole);
    // To do without whoever leads is the hardest.
    if (random() < 0.5) whole.sort((a, b) => leads(a) - leads(b));
    const size = quorum + randomInteger(random, whole.length - quorum + 1);
    const chosen = new Set(whole.slice(0, size));
    for (const { index } of nodes) {
      if (!whole.includes(index) && random() < 0.7) chosen.add(index);
    }
    return nodes.filter((node) => chosen.has(node.index));
  }

  /** Whether all are normal in one view, and have executed the whole log. */
  override hasConverged(core: readonly SimNode[]): boolean {
    const last = this.oracle.length;
    const leader = own(core).find((node) => node.isNormal && node.replica?.leading)?.replica;
    if (leader?.opNumber !== last) return false;
    return own(core).every(({ isNormal, replica, executed }) =>
      isNormal && replica?.view === leader.view && replica.commitNumber === last &&
      executed === last
    );
  }

  /** Those outside do not unsettle those who have agreed (erratum E15). */
  override agreement(core: readonly SimNode[]): string {
    const views = own(core).map(({ isNormal, replica }) => isNormal ? `${replica?.view}` : "none");
    return `view ${[...new Set(views)].join(" and ")}`;
  }

  /** Everyone has executed everything, so everyone has the model's state. */
  override checkStates(core: readonly SimNode[]): void {
    const { oracle } = this;
    const expected = oracle.digest();
    for (const { index, digest, executed } of own(core)) {
      if (executed !== oracle.length) {
        oracle.fail(`replica ${index} has executed ${executed} of ${oracle.length} entries`);
      } else if (digest !== expected) {
        oracle.fail(`replica ${index} has another state than the model in the end`);
      }
    }
  }

  override route(): Route {
    return { actor: "client-table", oracle: this.oracle };
  }

  override partOf(): undefined {
    return undefined;
  }

  /** An operator has nothing to do in a group whose members are fixed. */
  override administer(): undefined {
    return undefined;
  }

  override describe(): string {
    return this.nodes.map((node) => {
      const { index, replica, executed } = node;
      const state = !node.isUp ? "down" : node.isPaused ? "paused" : "up";
      if (replica === undefined) return `node ${index}: ${state}`;
      const { status, view, lastNormalView, opNumber, commitNumber, stalled } = replica;
      return `node ${index}: ${state}, ${status} in view ${view} (${lastNormalView}), log to ` +
        `${opNumber}, committed ${commitNumber}, executed ${executed}` +
        (stalled === null ? "" : `, stalled: ${stalled}`);
    }).join("\n");
  }
}

/** The nodes of a world are all of its own kind. */
function own(nodes: readonly SimNode[]): readonly VrNode[] {
  return nodes as readonly VrNode[];
}
