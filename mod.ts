/**
 * Troupe: replicated key-value stores and replicated state machines as typed actors.
 *
 * - {@linkcode Node} runs a node of a cluster inside a program; {@linkcode KvClient} talks to one.
 * - {@linkcode StateMachine} is what a cluster replicates: the {@linkcode KvStore}, the
 *   {@linkcode LogMachine} (for {@linkcode LogClient}), or one of your own, most easily by
 *   {@linkcode jsonStateMachine}.
 * - {@linkcode simulate} breaks a whole cluster with your state machine in virtual time, and
 *   {@linkcode SimWorld} does so with actors of your own.
 * - {@linkcode ActorSystem} is the runtime that all of it is built on, for actors of your own.
 *
 * @example A state machine of one's own
 * ```ts
 * import { type ApplyContext, decodeResult, encodeCommand, jsonStateMachine } from "./mod.ts";
 *
 * const counter = jsonStateMachine<{ count: number }, { add: number }, number>({
 *   initial: { count: 0 },
 *   apply: (state, { add }) => state.count += add,
 * });
 *
 * const context: ApplyContext = { opNumber: 1, time: 0 };
 * const result = counter().apply(encodeCommand({ add: 2 }), context);
 * console.log(decodeResult<number>(result)); // { ok: true, result: 2 }
 * ```
 *
 * @module
 */

// Running a node, and talking to one
export { Node, type NodeOptions } from "./cli/node/node.ts";
export type { NodePlace } from "./cli/node/node_place.ts";
export type { LogSink } from "./cli/node/log.ts";
export { defaultConfig, type DefaultConfigOptions } from "./cli/config/defaults.ts";
export { ConfigError, type Problem } from "./cli/config/problems.ts";
export type { Chain, ChainReads, DataCenters } from "./cli/config/types/chain.ts";
export type { ClusterConfig, MachineKind, Protocol } from "./cli/config/types/cluster.ts";
export type { Gossip, GossipPreset, GossipSpread } from "./cli/config/types/gossip.ts";
export type { Hermes, HermesReads } from "./cli/config/types/hermes.ts";
export type { Batching, Limits, Snapshots } from "./cli/config/types/limits.ts";
export type { Detector, DetectorKind, Timeouts } from "./cli/config/types/timeouts.ts";
export type { RespOrder } from "./transport/resp/window.ts";
export type { DurabilityMode } from "./protocols/vr/options.ts";
export type { Address } from "./transport/address.ts";
export {
  BadAnswer,
  type CallOptions,
  type ConditionalOptions,
  type Deleted,
  Entry,
  type Expected,
  type Fetch,
  GossipClient,
  type GossipClientOptions,
  type GossipEntry,
  type GossipMember,
  type GossipMembers,
  type GossipReadOptions,
  type GossipScanOptions,
  type GossipSessionOptions,
  type GossipValue,
  type GossipWriteOptions,
  type GossipWritten,
  type Guarantee,
  type Incremented,
  type KeyInfo,
  KeyNotFound,
  KvClient,
  type KvClientOptions,
  type Level,
  type NodeReached,
  type NodeReport,
  type NodeUnreachable,
  PreconditionFailed,
  type Readiness,
  type ReadOptions,
  RequestRefused,
  type ScanOptions,
  type WriteOptions,
  type Written,
} from "./cli/client.ts";
export {
  LogClient,
  type LogRange,
  type LogReadOptions,
  type LogRecord,
} from "./cli/client/log_client.ts";
export {
  type Answer,
  type AnyVolumeStatus,
  BadQuery,
  type ChainVolumeStatus,
  ChangeRefused,
  type ClusterAdmin,
  type ClusterChange,
  type ClusterLayout,
  type Consistency,
  type HermesVolumeStatus,
  type KeyStates,
  type MasterStatus,
  type MemberLayout,
  type Metric,
  NoActiveReplicas,
  type NodeLayout,
  type NodeStatus,
  NoSession,
  NotPrimary,
  NotResponsible,
  Overloaded,
  type PeerStatus,
  type QueryOptions,
  type ReadinessCheck,
  type RequestId,
  type Requests,
  RequestSuperseded,
  ResultTooLarge,
  type Service,
  type SubmitOptions,
  Unavailable,
  UnknownOutcome,
  Unsupported,
  type VolumeLayout,
  type VolumeStatus,
} from "./transport/service.ts";
export type { GossipFigures, MemberFigures } from "./protocols/gossip/figures.ts";
export type { HttpAddress } from "./transport/http/server.ts";

// What is replicated
export type { ApplyContext, StateMachine } from "./protocols/state_machine.ts";
export { checkMerge, type MergeFailure, type MergeLaw } from "./protocols/gossip/check_merge.ts";
export type { Merge } from "./protocols/gossip/merged.ts";
export { KvStore, type KvStoreOptions } from "./protocols/kv/store.ts";
export { LogMachine, type LogMachineOptions } from "./protocols/log/machine.ts";
export {
  decodeResult,
  encodeCommand,
  type JsonFailure,
  type JsonOutcome,
  JsonSnapshotError,
  type JsonStateMachine,
  jsonStateMachine,
} from "./protocols/json_state_machine.ts";

// Simulation
export {
  simulate,
  type SimulateOptions,
  type Simulation,
  type SimulationOutcome,
} from "./sim/api/simulate.ts";
export { SimWorld } from "./sim/api/sim_world.ts";
export type { SimWorldOptions } from "./sim/api/sim_world_options.ts";
export type { SimFaultRates } from "./sim/api/sim_faults.ts";
export type { QueryConsistency, StalenessBound } from "./protocols/client_messages.ts";
export type { Ask, AskCommand, Asker, AskQuery, Workload } from "./sim/workloads/workload.ts";
export type { NetworkOptions, SentFilter, SentMessage, ServiceTime } from "./sim/network.ts";
export type { Duration } from "./sim/distributions.ts";
export type { Fate, JourneyEnd } from "./transport/memory.ts";

// The actor runtime
export type {
  Actor,
  ActorFactory,
  Cancel,
  Context,
  Directive,
  LogLevel,
  Operation,
  Outcome,
  OverflowPolicy,
  SpawnOptions,
  Supervision,
} from "./actors/actor.ts";
export type { CellState } from "./actors/cell.ts";
export type { Environment } from "./actors/environment.ts";
export {
  ActorStopped,
  AskTimeout,
  AssertionFailed,
  InjectedCrash,
  MailboxFull,
  TroupeError,
} from "./actors/errors.ts";
export type { DeadLetterReason, EventStream, SystemEvent } from "./actors/events.ts";
export type { RandomStream } from "./actors/random.ts";
export { RealEnvironment, type RealEnvironmentOptions } from "./actors/real_environment.ts";
export { ANY_INCARNATION, type Ref, refTo } from "./actors/ref.ts";
export type { Remoting } from "./actors/remoting.ts";
export type { Infer, Reader, Schema, Writer } from "./actors/schema.ts";
export * as schema from "./actors/schema.ts";
export { shutdown, type ShutdownPhase } from "./actors/shutdown.ts";
export {
  type ActorFigures,
  ActorSystem,
  type ActorSystemOptions,
  type Sent,
} from "./actors/system.ts";
export {
  VirtualClock,
  VirtualEnvironment,
  type VirtualEnvironmentOptions,
} from "./actors/virtual_environment.ts";
