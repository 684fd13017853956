import type { RandomStream } from "../../actors/random.ts";
import type { StateMachine } from "../../protocols/state_machine.ts";
import type { QueryConsistency } from "../../protocols/client_messages.ts";
import type { KvOperation } from "../checker/kv/operations.ts";
import type { MachineOperation } from "../checker/machine_model.ts";
import type { Operation } from "../checker/operation.ts";

/** What a client asks for, in bytes that mean something to the state machine alone. */
export type Ask = AskCommand | AskQuery;

/** Something to be ordered and executed. */
export interface AskCommand {
  /** What `apply` is given. */
  readonly command: Uint8Array;
}

/** Something to be answered without changing anything. */
export interface AskQuery {
  /** What `query` is given. */
  readonly query: Uint8Array;
  /**
   * Whether the answer must show all that was answered before, or may show any state of the past, or
   * one that is not older than so much.
   *
   * @default {"linearizable"}
   */
  readonly consistency?: QueryConsistency;
}

/** A client that is about to ask. */
export interface Asker {
  /** Which of the clients it is, counted from 0. */
  readonly client: number;
  /** How many operations it has had before. */
  readonly count: number;
  /** The client's own random stream: the only source of chance that a workload may use. */
  readonly random: RandomStream;
}

/**
 * What the clients of one simulated cluster do. It may remember what it likes: it serves one run.
 *
 * What an answer must be is known without it: commands give what a model of the state machine gives, and
 * queries what the model gives in the state that they are answered from. A workload adds what it knows
 * besides.
 *
 * @typeParam Op What is asked for, with whatever the workload wants to know of it when it is answered.
 * @typeParam Machine The state machine.
 */
export interface Workload<Op extends Ask = Ask, Machine extends StateMachine = StateMachine> {
  /** What a client does next. */
  draw(asker: Asker): Op;
  /**
   * Takes the answer to what a client asked, or asked again and again. Returns, or throws, what is wrong
   * with it.
   */
  answered?(op: Op, result: Uint8Array, client: number): string | undefined;
  /**
   * Returns, or throws, what is wrong with the state. Asked after every entry of the log that holds
   * commands; must not change the machine.
   */
  invariant?(machine: Machine): string | undefined;
}

/** An operation of a history. */
export type RecordedOperation = KvOperation | MachineOperation;

type PartOf<Op> = Op extends unknown ? Omit<Op, keyof Operation> : never;

/** What a history says of an operation, besides whose it was, when, and how it ended. */
export type HistoryPart = PartOf<RecordedOperation>;

/** A workload with an account of its operations for a checker that knows more than their bytes. */
export interface RecordedWorkload<Op extends Ask = Ask> extends Workload<Op> {
  /**
   * What a history has of an operation; `undefined` if it is one that histories leave out.
   *
   * @param result The answer, if there was one.
   */
  history(op: Op, result?: Uint8Array): HistoryPart | undefined;
}

/** What a history has of an operation of any workload. */
export function historyPart(
  workload: Workload | RecordedWorkload,
  op: Ask,
  result?: Uint8Array,
): HistoryPart | undefined {
  // A read that may see a state of the past tells nothing of the order of operations.
  if ("query" in op && (op.consistency ?? "linearizable") !== "linearizable") return undefined;
  if ("history" in workload) return workload.history(op, result);
  const output = result?.slice() ?? null;
  return "query" in op
    ? { kind: "query", input: op.query, output }
    : { kind: "command", input: op.command, output };
}
