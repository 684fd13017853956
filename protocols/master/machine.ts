import { decode, encode, type Schema, SchemaError } from "../../actors/schema.ts";
import type { StateMachine } from "../state_machine.ts";
import {
  type MasterAnswer,
  masterAnswer,
  type MasterQuery,
  masterQuery,
  masterSubmission,
} from "./commands.ts";
import {
  type Configuration,
  type VolumeConfiguration,
  volumeConfiguration,
} from "./configuration.ts";
import { decide } from "./decisions.ts";
import { execute } from "./execution.ts";
import type { Placement } from "./placement.ts";
import { nextStep } from "./reconfiguration.ts";
import {
  birthOf,
  initialState,
  type MasterState,
  masterState,
  withConfiguration,
  withVolume,
} from "./state.ts";
import type { Layout, Topology } from "./topology.ts";

/** How a cluster is laid out. The same at all nodes. */
export interface MasterOptions extends Placement {
  /** How many nodes there are: 1 to 7. */
  readonly nodeCount: number;
  /**
   * How the replicas of a volume stand to one another. In a clique a master data center has no say in
   * which updates are taken.
   *
   * @default {"chain"}
   */
  readonly topology?: Topology;
}

/**
 * The master: a state machine that decides who replicates what, in which order, and whom to expel. It
 * is replicated by a VR group of its own over all nodes (the "master" of CR 3, as the paper's prototype
 * has it). It reads no clock: a lease is a linearizable `poll`, counted by the asker from when it was
 * sent; and once an intention to expel a node is decided, polls of it are refused. So whoever has seen the
 * intention, and waited for as long as a lease lasts, knows that no lease of the node is left.
 */
export class MasterMachine implements StateMachine {
  readonly #layout: Layout;
  #state: MasterState;

  /** Takes how the cluster is laid out. */
  constructor(options: MasterOptions) {
    this.#layout = { ...options, topology: options.topology ?? "chain" };
    this.#state = initialState(options.nodeCount, options.volumes);
  }

  /** Everything that is decided at present. */
  get configuration(): Configuration {
    return this.#state.configuration;
  }

  /** Executes an encoded `masterSubmission`; returns an encoded `masterAnswer`. */
  apply(bytes: Uint8Array): Uint8Array {
    const submission = decodeOrNot(masterSubmission, bytes);
    if (submission === undefined) return answer({ type: "malformed" });
    const { ticket, command } = submission;
    const { state, outcome } = execute(this.#state, command, this.#layout);
    this.#state = numbered(this.#state, this.#follow(state));
    return answer({ type: "executed", ticket, outcome, configuration: this.configuration });
  }

  /** Answers an encoded `masterQuery` by an encoded `masterAnswer`. */
  query(bytes: Uint8Array): Uint8Array {
    const query = decodeOrNot(masterQuery, bytes);
    return answer(query === undefined ? { type: "malformed" } : this.#answer(query));
  }

  snapshot(): Iterable<Uint8Array> {
    return [encode(masterState, this.#state)];
  }

  restore(chunks: Iterable<Uint8Array>): void {
    const [bytes] = chunks;
    this.#state = decode(masterState, bytes!);
  }

  #answer(query: MasterQuery): MasterAnswer {
    const { configuration } = this;
    if (query.type === "show") return { type: "shown", configuration };
    const entry = configuration.nodes[query.node];
    const lease = entry !== undefined && entry.entrances > 0 && entry.expelling === null;
    const isKnown = query.known === configuration.version;
    const { nonce } = query;
    return { type: "polled", nonce, lease, configuration: isKnown ? null : configuration };
  }

  /** What follows from a command: whom to expel, and the next step of each volume. */
  #follow(before: MasterState): MasterState {
    if (!before.configuration.formed) return before;
    let { intentions } = before;
    const decided = decide(before.configuration, this.#layout.topology, () => ++intentions);
    let state: MasterState = { ...withConfiguration(before, decided), intentions };
    for (const { volume } of decided.volumes) state = this.#step(state, volume);
    return state;
  }

  #step(state: MasterState, index: number): MasterState {
    const { configuration, moving } = state;
    const isMoving = moving.includes(index);
    const { volume, isPlaced } = nextStep({
      configuration,
      layout: this.#layout,
      birthOf: (node, volume) => birthOf(state, node, volume),
      isMoving,
    }, configuration.volumes[index]!);
    const writable = this.#isWritable(configuration, volume);
    const stepped = withVolume(state, index, { ...volume, writable });
    if (!isMoving || !isPlaced) return stepped;
    return { ...stepped, moving: moving.filter((other) => other !== index) };
  }

  #isWritable({ nodes }: Configuration, { members }: VolumeConfiguration): boolean {
    const { masterDataCenter, topology } = this.#layout;
    if (masterDataCenter === undefined || topology === "clique") return true;
    return nodes[members[0]!.node]!.dataCenter === masterDataCenter;
  }
}

/** Whatever has changed of a volume gets a new epoch, and whatever has changed at all a new version. */
function numbered(before: MasterState, after: MasterState): MasterState {
  const { version } = before.configuration;
  const volumes = after.configuration.volumes.map((volume, index) => {
    const old = before.configuration.volumes[index]!;
    return isSame(volumeConfiguration, old, volume) ? old : { ...volume, epoch: old.epoch + 1 };
  });
  const state = withConfiguration(after, { volumes });
  return isSame(masterState, before, state)
    ? before
    : withConfiguration(state, { version: version + 1 });
}

function isSame<T>(schema: Schema<T>, one: T, other: T): boolean {
  const bytes = encode(schema, one);
  const others = encode(schema, other);
  return bytes.length === others.length && bytes.every((byte, index) => byte === others[index]);
}

function answer(value: MasterAnswer): Uint8Array {
  return encode(masterAnswer, value);
}

/** What comes from outside need not mean anything. */
function decodeOrNot<T>(schema: Schema<T>, bytes: Uint8Array): T | undefined {
  try {
    return decode(schema, bytes);
  } catch (error) {
    if (error instanceof SchemaError) return undefined;
    throw error;
  }
}
