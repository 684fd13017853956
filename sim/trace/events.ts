import type { JourneyEnd } from "../../transport/memory.ts";
import type { ProcessChange } from "../world_events.ts";

/** How a copy of a message ended, and when, in milliseconds. */
export interface Arrival {
  readonly at: number;
  readonly end: JourneyEnd;
}

/** A message from one node to another. */
export interface TracedMessage {
  readonly kind: "message";
  readonly at: number;
  readonly from: number;
  readonly to: number;
  /** Its type, in the words of the papers: `PREPAREOK`. */
  readonly name: string;
  /** Its name, and the fields that matter. */
  readonly text: string;
  /** Whether it says, with the same success, what the last one of its kind on its way said: a heartbeat. */
  readonly isRepeated: boolean;
  /** Whether the network repeats what was sent before. */
  readonly isReplay: boolean;
  /** One for each copy; none while it is on its way. */
  readonly arrivals: readonly Arrival[];
}

/** Where a replica stands, as soon as that is something else. */
export interface TracedState {
  readonly kind: "state";
  readonly at: number;
  readonly node: number;
  readonly status: string;
  readonly view: number;
  readonly isLeading: boolean;
  readonly text: string;
}

/** A replica holds entries to be committed. */
export interface TracedCommit {
  readonly kind: "commit";
  readonly at: number;
  readonly node: number;
  /** The name of the log; `undefined` if there is only one. */
  readonly log: string | undefined;
  readonly first: number;
  readonly last: number;
}

/** A process starts, dies, is paused or goes on. */
export interface TracedProcess {
  readonly kind: "process";
  readonly at: number;
  readonly node: number;
  readonly what: ProcessChange;
}

/** A fault, a line of a node's log, or anything else that a run's journal has. */
export interface TracedNote {
  readonly kind: "note" | "fault" | "violation";
  readonly at: number;
  /** Whose log it is from; `undefined` for what concerns everyone. */
  readonly node: number | undefined;
  readonly text: string;
}

/** Something that happened in a run. Times are in milliseconds of virtual time. */
export type TraceEvent = TracedMessage | TracedState | TracedCommit | TracedProcess | TracedNote;

/** Everything that happened in a run, or in part of it, in order. */
export interface Trace {
  /** How many nodes there are, clients apart. */
  readonly nodes: number;
  readonly from: number;
  readonly until: number;
  readonly events: readonly TraceEvent[];
}
