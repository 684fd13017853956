import { randomInteger, type RandomStream, randomStream } from "../actors/random.ts";
import { type Ref, refTo } from "../actors/ref.ts";
import {
  type ClientReply,
  clientReply,
  type ClientRequest,
  clientRequest,
} from "../protocols/client_messages.ts";
import { encodeRequest } from "../protocols/request.ts";
import {
  type ClientOperation,
  commandOf,
  drawOperation,
  historyOf,
  outputOf,
  queryOf,
} from "./client_operation.ts";
import { exponential } from "./distributions.ts";
import { type HistoryEntry, nanoseconds } from "./history.ts";
import type { Question } from "./oracle.ts";
import type { Workload } from "./workload.ts";

/** How long a client waits for an answer before it asks another node, in milliseconds. */
const RETRY_MS = 300;
/** How long it waits after a refusal, in milliseconds. */
const REFUSED_MS = 20;
/** More sessions than there ever are: none is evicted. */
const SESSIONS_MAX = 1_000_000;

interface Pending extends Question {
  readonly operation: ClientOperation;
  /** The name under which its answers come. */
  readonly name: string;
  readonly calledAt: number;
  attempt: number;
  /** Whether an attempt waits to be made again. */
  isWaiting: boolean;
}

/**
 * A client: one operation at a time, asked again under the same ids until it is answered, or given up
 * without knowing what became of it.
 */
export class SimClient {
  readonly #workload: Workload;
  readonly #index: number;
  readonly #random: RandomStream;
  /** What the client last saw of each key. */
  readonly #recent = new Map<string, string | null>();
  #clientId = 0;
  #requestNumber = 0;
  #operations = 0;
  /** Under which number the history knows the client. */
  #alias: number;
  #target: number;
  #pending: Pending | undefined;

  constructor(workload: Workload, index: number) {
    this.#workload = workload;
    this.#index = index;
    this.#alias = index;
    this.#random = randomStream(workload.world.seed, `client ${index}`);
    this.#target = index % workload.world.nodes.length;
  }

  /** Whether an operation is under way. */
  get isBusy(): boolean {
    return this.#pending !== undefined;
  }

  /** What is under way, as it stands in a history. */
  get unanswered(): HistoryEntry | undefined {
    return this.#pending && this.#entry(this.#pending, undefined);
  }

  /** Asks for the next thing. */
  begin(): void {
    const { world, options, system } = this.#workload;
    const operation = this.#draw();
    if (commandOf(operation) !== undefined) this.#requestNumber++;
    const pending: Pending = {
      operation,
      client: this.#alias,
      floor: world.oracle.answered,
      name: `client-${this.#index}-${++this.#operations}`,
      calledAt: world.clock.now,
      attempt: 0,
      isWaiting: false,
    };
    this.#pending = pending;
    system.expose(pending.name, clientReply);
    system.spawn<ClientReply>(pending.name, () => ({
      receive: (reply) => this.#take(pending, reply),
    }));
    if (this.#random() < options.impatient) {
      const patience = exponential(this.#random, options.patienceMs);
      system.environment.after(patience, () => this.#giveUp(pending));
    }
    this.#ask(pending);
  }

  #draw(): ClientOperation {
    if (this.#clientId === 0) return { type: "open" };
    const { mix, keys, valueBytes } = this.#workload.options;
    const value = `${this.#index}.${this.#operations}`.padEnd(valueBytes, "-");
    return drawOperation(this.#random, mix, keys, value, this.#recent);
  }

  #ask(pending: Pending): void {
    const { system } = this.#workload;
    const attempt = ++pending.attempt;
    pending.isWaiting = false;
    const { node } = system;
    const request = this.#request(pending.operation, refTo(node, pending.name));
    system.send(refTo(this.#target, "client-table", clientRequest), request);
    const delayMs = RETRY_MS * (0.5 + this.#random());
    system.environment.after(delayMs, () => this.#retry(pending, attempt));
  }

  #request(operation: ClientOperation, replyTo: Ref<ClientReply>): ClientRequest {
    const query = queryOf(operation);
    if (query !== undefined) {
      return { type: "query", query, consistency: "linearizable", forward: true, replyTo };
    }
    const command = commandOf(operation);
    const request = command === undefined
      ? encodeRequest({
        type: "open-session",
        nonce: this.#index + 1,
        sessionsMax: SESSIONS_MAX,
      })
      : encodeRequest({
        type: "command",
        clientId: this.#clientId,
        requestNumber: this.#requestNumber,
        command,
      });
    return { type: "submit", request, forward: true, replyTo };
  }

  #retry(pending: Pending, attempt: number): void {
    if (pending !== this.#pending || attempt !== pending.attempt) return;
    this.#target = randomInteger(this.#random, this.#workload.world.nodes.length);
    this.#ask(pending);
  }

  #take(pending: Pending, reply: ClientReply): void {
    if (pending !== this.#pending) return;
    const { oracle } = this.#workload.world;
    switch (reply.type) {
      case "session":
        this.#clientId = reply.clientId;
        return this.#end(pending);
      case "result":
        return this.#answered(pending, reply);
      case "noSession":
      case "superseded":
      case "noQueries":
        return oracle.fail(`client ${pending.client} is told "${reply.type}"`);
      default: {
        if (pending.isWaiting) return;
        pending.isWaiting = true;
        const { attempt } = pending;
        const delayMs = REFUSED_MS * (0.5 + this.#random());
        const { environment } = this.#workload.system;
        environment.after(delayMs, () => this.#retry(pending, attempt));
      }
    }
  }

  #answered(pending: Pending, reply: Extract<ClientReply, { type: "result" }>): void {
    const { oracle } = this.#workload.world;
    const { operation } = pending;
    const output = outputOf(operation, reply.result);
    if (output === undefined) {
      return oracle.fail(`client ${pending.client}: no answer to a ${operation.type}`);
    }
    if (queryOf(operation) !== undefined) {
      oracle.checkRead(pending, reply);
      this.#checkValue(operation, reply.opNumber, output);
    } else {
      const id = { clientId: this.#clientId, requestNumber: this.#requestNumber };
      oracle.checkWrite(pending, id, reply);
    }
    this.#remember(operation, output);
    this.#workload.record(this.#entry(pending, output));
    this.#end(pending);
  }

  #checkValue(operation: ClientOperation, op: number, output: HistoryEntry["output"]): void {
    if (operation.type !== "get") return;
    const { versions, oracle } = this.#workload.world;
    const { key } = operation;
    const expected = versions.valueAt(key, op);
    if (output.value === expected) return;
    oracle.fail(`a read of ${key} at ${op} gives ${output.value}, not ${expected}`);
  }

  /** What a later swap may hope to find. */
  #remember(operation: ClientOperation, output: HistoryEntry["output"]): void {
    if (operation.type === "get") this.#recent.set(operation.key, output.value as string | null);
    if (operation.type === "put") this.#recent.set(operation.key, operation.value);
    if (operation.type === "delete") this.#recent.set(operation.key, null);
    if (operation.type === "cas" && output.swapped) {
      this.#recent.set(operation.key, operation.value);
    }
  }

  #giveUp(pending: Pending): void {
    if (pending !== this.#pending || this.#workload.isStopped) return;
    // Without a session there is nothing to go on with.
    if (pending.operation.type === "open") return;
    this.#workload.record(this.#entry(pending, undefined));
    this.#alias = this.#workload.newAlias();
    this.#end(pending);
  }

  #end(pending: Pending): void {
    const { system } = this.#workload;
    this.#pending = undefined;
    system.stop(refTo(system.node, pending.name));
    this.#workload.rest(this, exponential(this.#random, this.#workload.options.thinkMs));
  }

  #entry(
    pending: Pending,
    output: HistoryEntry["output"] | undefined,
  ): HistoryEntry | undefined {
    const what = historyOf(pending.operation);
    if (what === undefined) return undefined;
    const isAnswered = output !== undefined;
    return {
      client: pending.client,
      ...what,
      output: output ?? {},
      call: nanoseconds(pending.calledAt),
      return: isAnswered ? nanoseconds(this.#workload.world.clock.now) : null,
      outcome: isAnswered ? "ok" : "unknown",
    };
  }
}
