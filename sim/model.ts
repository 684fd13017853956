import { decodeRequest } from "../protocols/request.ts";
import type { StateMachine } from "../protocols/state_machine.ts";
import { digestOf } from "./machine.ts";
import { PastStates } from "./past_states.ts";
import { SessionModel } from "./session_model.ts";

/** A command of the one history, and what the model answers to it. */
export interface ModelCommand {
  readonly command: Uint8Array;
  readonly result: Uint8Array;
}

/** Where a request was executed, and what came out. */
export interface Execution {
  readonly op: number;
  readonly result: Uint8Array;
}

/** What replicas are compared with: a machine and sessions that execute the one history, and nothing else. */
export class Model {
  /** The sessions at the end of the history. */
  readonly sessions: SessionModel;
  /** The state at the end of the history; not to be changed. */
  readonly machine: StateMachine;
  readonly #create: () => StateMachine;
  readonly #past: PastStates;
  readonly #executions = new Map<string, Execution>();

  /**
   * @param create Makes state machines like those of the replicas, in their initial state.
   * @param adoptedMax Sessions kept, for a log whose sessions are opened in another one.
   */
  constructor(create: () => StateMachine, adoptedMax?: number) {
    this.sessions = new SessionModel(adoptedMax);
    this.#create = create;
    this.machine = create();
    this.#past = new PastStates(create());
  }

  /**
   * Executes an entry: each request of a session once, and none after a later one.
   *
   * @param applied Told after each command.
   */
  execute(
    op: number,
    time: number,
    requests: readonly Uint8Array[],
    applied: () => void = () => {},
  ): ModelCommand[] {
    const commands: ModelCommand[] = [];
    for (const bytes of requests) {
      const request = this.sessions.take(decodeRequest(bytes), op);
      if (request === undefined) continue;
      const { clientId, requestNumber } = request;
      const command = request.command.slice();
      const result = this.machine.apply(command, { opNumber: op, time }).slice();
      applied();
      commands.push({ command, result });
      this.#past.push({ op, time, command });
      this.#executions.set(`${clientId}/${requestNumber}`, { op, result });
    }
    return commands;
  }

  /** What became of a request, `client/number`; `undefined` if it was never executed. */
  execution(request: string): Execution | undefined {
    return this.#executions.get(request);
  }

  /** What a query is answered once an entry, and all before it, are executed. */
  answer(op: number, query: Uint8Array): Uint8Array {
    return this.#past.answer(op, query);
  }

  /** The hash of the state at the end of the history. */
  digest(): string {
    return digestOf(this.machine);
  }

  /** Whether a snapshot holds the whole state. Otherwise nothing that follows from one makes sense. */
  isRestorable(): boolean {
    const copy = this.#create();
    copy.restore(Array.from(this.machine.snapshot(), (chunk) => chunk.slice()));
    return digestOf(copy) === this.digest();
  }
}
