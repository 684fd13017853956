import { randomInteger, type RandomStream, randomStream } from "../../actors/random.ts";
import type { ClientReply } from "../../protocols/client_messages.ts";
import type { Checker } from "./checker.ts";
import { type Clients, lengthOf } from "./client.ts";

/** How long a client waits before it asks another node, in milliseconds. */
const RETRY_MS = 300;
/** Between two operations of a client, at most, in milliseconds. */
const PAUSE_MS = 20;

/** What a client is doing. */
interface Operation {
  readonly kind: "open" | "write" | "read";
  readonly command: string;
  /** The longest list that anyone had seen when it began. */
  readonly floor: number;
}

/**
 * Clients that write and read without end, repeat what was not answered under the same ids, and check
 * each answer. Positions in a list say everything: a write that began after the list was seen to be
 * of length n comes after position n, and a read then returns n at least.
 */
export class Workload {
  /** Operations answered. */
  completed = 0;
  readonly #clients: Clients;
  readonly #checker: Checker;
  /** Commands answered, and the positions that they were said to have. */
  readonly #acknowledged = new Map<string, number>();
  /** The longest list that anyone has seen. */
  #seen = 0;
  #isStopped = false;

  constructor(clients: Clients, checker: Checker, count: number) {
    this.#clients = clients;
    this.#checker = checker;
    for (let index = 0; index < count; index++) new Client(this, clients, index).begin();
  }

  /** Begins nothing new; what is under way goes on. */
  stop(): void {
    this.#isStopped = true;
  }

  get isStopped(): boolean {
    return this.#isStopped;
  }

  get seen(): number {
    return this.#seen;
  }

  /** Takes the answer to a read or a write. */
  answered({ kind, command, floor }: Operation, reply: ClientReply): void {
    const length = lengthOf(reply);
    this.completed++;
    if (kind === "read" && length < floor) {
      this.#checker.fail(`a read returns ${length} although ${floor} had been seen`);
    }
    if (kind === "write") {
      if (length <= floor) this.#checker.fail(`${command} is at ${length}, not after ${floor}`);
      this.#acknowledged.set(command, length);
    }
    this.#seen = Math.max(this.#seen, length);
  }

  fail(what: string): void {
    this.#checker.fail(what);
  }

  /** Checks that everything acknowledged is in the history, at its place and once. */
  checkHistory(): void {
    const positions = new Map<string, number>();
    for (const [index, { command }] of this.#checker.history.entries()) {
      if (positions.has(command)) this.fail(`${command} was executed twice`);
      positions.set(command, index + 1);
    }
    for (const [command, position] of this.#acknowledged) {
      const actual = positions.get(command);
      if (actual !== position) {
        this.fail(`${command} was acknowledged at ${position} and is at ${actual}`);
      }
    }
  }

  get clients(): Clients {
    return this.#clients;
  }
}

/** One client: an operation at a time. */
class Client {
  readonly #workload: Workload;
  readonly #clients: Clients;
  readonly #index: number;
  readonly #random: RandomStream;
  #clientId = 0;
  #requestNumber = 0;
  #target: number;
  #operation: Operation = { kind: "open", command: "", floor: 0 };
  #isPending = false;
  #attempt = 0;

  constructor(workload: Workload, clients: Clients, index: number) {
    this.#workload = workload;
    this.#clients = clients;
    this.#index = index;
    this.#random = randomStream(clients.cluster.seed, `client ${index}`);
    this.#target = index % clients.cluster.size;
  }

  begin(): void {
    const kind = this.#clientId === 0 ? "open" : this.#random() < 0.4 ? "read" : "write";
    if (kind === "write") this.#requestNumber++;
    const command = `${this.#index}.${this.#requestNumber}`;
    this.#operation = { kind, command, floor: this.#workload.seen };
    this.#isPending = true;
    this.#ask();
  }

  #ask(): void {
    const attempt = ++this.#attempt;
    const operation = this.#operation;
    const take = (reply: ClientReply) => this.#take(operation, attempt, reply);
    const node = this.#target;
    const { clock } = this.#clients.cluster;
    switch (operation.kind) {
      case "open":
        this.#clients.open(node, { nonce: this.#index + 1 }, take);
        break;
      case "read":
        this.#clients.query(node, "linearizable", take);
        break;
      case "write": {
        const id = { clientId: this.#clientId, requestNumber: this.#requestNumber };
        this.#clients.submit(node, id, operation.command, take);
      }
    }
    clock.after(RETRY_MS * (0.5 + this.#random()), () => this.#retry(attempt));
  }

  #retry(attempt: number): void {
    if (!this.#isPending || attempt !== this.#attempt) return;
    this.#target = randomInteger(this.#random, this.#clients.cluster.size);
    this.#ask();
  }

  #take(operation: Operation, attempt: number, reply: ClientReply): void {
    // An answer to an earlier attempt is an answer all the same.
    if (operation !== this.#operation || !this.#isPending) return;
    switch (reply.type) {
      case "session":
        this.#clientId = reply.clientId;
        return this.#next();
      case "result":
        this.#workload.answered(operation, reply);
        return this.#next();
      case "noSession":
      case "superseded":
        return this.#workload.fail(`${operation.command} was answered by ${reply.type}`);
      default:
        // Soon again, at another node.
        this.#clients.cluster.clock.after(10 + 30 * this.#random(), () => this.#retry(attempt));
    }
  }

  #next(): void {
    this.#isPending = false;
    if (this.#workload.isStopped) return;
    this.#clients.cluster.clock.after(PAUSE_MS * this.#random(), () => this.begin());
  }
}
