/**
 * A service of one node over a real key-value store: it executes at once, keeps sessions as the
 * client table does, and fails when it is told to.
 */
import { TroupeError } from "../../actors/errors.ts";
import { KvStore } from "../../protocols/kv/store.ts";
import type { StateMachine } from "../../protocols/state_machine.ts";
import {
  type Answer,
  type ClusterAdmin,
  type Metric,
  type NodeStatus,
  NoSession,
  NotPrimary,
  type QueryOptions,
  type ReadinessCheck,
  type RequestId,
  RequestSuperseded,
  type Service,
  type SubmitOptions,
} from "../../transport/service.ts";

interface Session {
  newest: number;
  answer: Answer | undefined;
}

export class FakeService implements Service {
  /** The node believed to be primary; this one is node 0. */
  primary: number | null = 0;
  /** What the next command, query or session fails with. */
  failure: unknown;
  /** What commands wait for. */
  gate: Promise<void> = Promise.resolve();
  checks: readonly ReadinessCheck[] = [];
  /** What operators may do; nothing, with VR. */
  admin: ClusterAdmin | undefined;
  figures: readonly Metric[] = [];
  /** How many commands were executed, repetitions not counted. */
  executed = 0;
  readonly crashed: string[] = [];
  /** What the node says of itself beside, or instead of, the rest. */
  says: Partial<NodeStatus> = {};
  lastSubmit: SubmitOptions | undefined;
  lastQuery: QueryOptions | undefined;
  lastSession: { timeoutMs?: number } | undefined;
  readonly #machine: StateMachine;
  readonly #sessions = new Map<number, Session>();

  constructor(machine: StateMachine = new KvStore()) {
    this.#machine = machine;
  }

  async submit(command: Uint8Array, options: SubmitOptions = {}): Promise<Answer> {
    this.lastSubmit = options;
    await this.gate;
    this.#failIfTold(options.forward);
    if (options.id === undefined) return this.#execute(command);
    return this.#once(options.id, command);
  }

  query(query: Uint8Array, options: QueryOptions = {}): Promise<Answer> {
    this.lastQuery = options;
    return Promise.try(() => {
      this.#failIfTold(options.forward);
      return { result: this.#machine.query!(query), opNumber: this.executed };
    });
  }

  openSession(options: { timeoutMs?: number } = {}): Promise<number> {
    this.lastSession = options;
    return Promise.try(() => {
      this.#failIfTold();
      const clientId = 17 + this.#sessions.size;
      this.#sessions.set(clientId, { newest: 0, answer: undefined });
      return clientId;
    });
  }

  status(): NodeStatus {
    return {
      cluster: "test",
      node: 0,
      pid: 4711,
      protocol: "vr",
      role: this.primary === 0 ? "primary" : "backup",
      status: "normal",
      view: 3,
      opNumber: this.executed,
      commitNumber: this.executed,
      primary: this.primary,
      uptimeMs: 1,
      sessions: this.#sessions.size,
      // Not in the order of their indices: nobody promises that.
      peers: [1, 0].map((node) => ({
        node,
        http: `http://127.0.0.1:710${node}`,
        address: `127.0.0.1:720${node}`,
        connected: true,
        suspected: false,
      })),
      actors: [],
      ...this.says,
    };
  }

  readiness(): readonly ReadinessCheck[] {
    return this.checks;
  }

  metrics(): readonly Metric[] {
    return this.figures;
  }

  crashActor(name: string): void {
    if (name.startsWith("no")) throw new TroupeError("no_such_actor", `No actor "${name}"`);
    this.crashed.push(name);
  }

  #failIfTold(forward = true): void {
    if (!forward && this.primary !== 0) throw new NotPrimary(0, this.primary);
    const failure = this.failure;
    this.failure = undefined;
    if (failure !== undefined) throw failure;
  }

  #once(id: RequestId, command: Uint8Array): Answer {
    const session = this.#sessions.get(id.clientId);
    if (session === undefined) throw new NoSession(id.clientId);
    if (id.requestNumber < session.newest) throw new RequestSuperseded(id, session.newest);
    if (id.requestNumber > session.newest) {
      session.newest = id.requestNumber;
      session.answer = this.#execute(command);
    }
    return session.answer!;
  }

  #execute(command: Uint8Array): Answer {
    const opNumber = ++this.executed;
    return { result: this.#machine.apply(command, { opNumber, time: 0 }), opNumber };
  }
}
