import { type Ref, refTo } from "../../actors/ref.ts";
import { ActorSystem } from "../../actors/system.ts";
import { VirtualClock, VirtualEnvironment } from "../../actors/virtual_environment.ts";
import type {
  ClientReply,
  ClientRequest,
  QueryConsistency,
} from "../../protocols/client_messages.ts";
import {
  clientTable,
  type ClientTableMessage,
  type ClientTableOptions,
} from "../../protocols/client_table.ts";
import type { JournalReply, JournalRequest } from "../../protocols/journal.ts";
import type { InheritedEntry, OrderingEvent, OrderingRequest } from "../../protocols/ordering.ts";
import { encodeRequest } from "../../protocols/request.ts";
import { bytesOf, ListMachine, textOf } from "../vr/machine.ts";

/** The bytes of a numbered command. */
export function command(clientId: number, requestNumber: number, text: string): Uint8Array {
  return encodeRequest({ type: "command", clientId, requestNumber, command: bytesOf(text) });
}

/** The bytes of a request for a session. */
export function opening(nonce: number, sessionsMax = 100): Uint8Array {
  return encodeRequest({ type: "open-session", nonce, sessionsMax });
}

/** A reply as text: `result 3@7` is the result "3" of op-number 7. */
export function show(reply: ClientReply): string {
  switch (reply.type) {
    case "result":
      return `result ${textOf(reply.result)}@${reply.opNumber}`;
    case "session":
      return `session ${reply.clientId}@${reply.opNumber}`;
    case "superseded":
      return `superseded by ${reply.newest}`;
    default:
      return reply.type;
  }
}

/** One real client table. Its replica, its journal and its clients are the test. */
export class LoneTable {
  readonly clock = new VirtualClock();
  machine = new ListMachine();
  /** What the replica was asked. */
  readonly asked: OrderingRequest[] = [];
  /** What the journal was asked. */
  readonly journal: JournalRequest[] = [];
  /** What was passed on to other nodes. */
  readonly passedOn: { readonly to: number; readonly message: ClientRequest }[] = [];
  readonly failures: string[] = [];
  readonly #system: ActorSystem;
  #clients = 0;

  constructor(options: Partial<ClientTableOptions> & { readonly seed?: number } = {}) {
    const { seed = 1, ...rest } = options;
    const environment = new VirtualEnvironment(this.clock, { seed });
    this.#system = new ActorSystem({ node: 0, environment });
    this.#system.events.subscribe((event) => {
      if (event.type === "failed") this.failures.push(String(event.error));
    });
    this.#record("replica", (message: OrderingRequest) => this.asked.push(message));
    this.#record("journal", (message: JournalRequest) => this.journal.push(message));
    for (const to of [1, 2]) {
      this.#record(`peer-${to}`, (message: ClientRequest) => this.passedOn.push({ to, message }));
    }
    const table = clientTable({
      ...rest,
      machine: () => this.machine = new ListMachine(),
      replica: refTo(0, "replica"),
      journal: refTo(0, "journal"),
      peer: (to) => refTo(0, `peer-${to}`),
    });
    this.#system.spawn("client-table", table);
    this.settle();
  }

  /** A table whose replica leads in view 1. */
  static leading(options: Partial<ClientTableOptions> = {}): LoneTable {
    const table = new LoneTable(options);
    table.lead(1);
    return table;
  }

  /** Runs everything that is due; time does not pass. */
  settle(): void {
    while (this.clock.step(this.clock.now));
  }

  /** Says something as the replica or the journal. */
  tell(...messages: (OrderingEvent | JournalReply)[]): void {
    for (const message of messages) {
      this.#system.send<ClientTableMessage>(refTo(0, "client-table"), message);
    }
    this.settle();
  }

  /** The replica leads from now on. */
  lead(view: number, inherited: readonly InheritedEntry[] = []): void {
    const role = { reader: 0, holds: true, continues: false } as const;
    this.tell({ type: "role", view, primary: 0, leading: true, ...role, inherited });
  }

  /** Another node leads, or nobody. */
  follow(view: number, primary: number | null): void {
    const role = { reader: 0, holds: true, continues: false } as const;
    this.tell({ type: "role", view, primary, leading: false, ...role, inherited: [] });
  }

  /** Has an entry executed. */
  execute(opNumber: number, ...requests: Uint8Array[]): void {
    this.tell({ type: "execute", opNumber, time: opNumber, requests });
  }

  /** Submits a request; returns what the client is told, as it is told. */
  submit(request: Uint8Array, forward = true): string[] {
    return this.#ask((replyTo) => ({ type: "submit", request, forward, replyTo }));
  }

  /** Says what the role is, where it matters who reads. */
  assume(role: Partial<Extract<OrderingEvent, { type: "role" }>>): void {
    const usual = { view: 1, primary: 0, leading: true, reader: 0, holds: true, continues: false };
    this.tell({ type: "role", ...usual, inherited: [], ...role });
  }

  /** Asks for the length of the list. */
  query(consistency: QueryConsistency = "linearizable", forward = true): string[] {
    const query = new Uint8Array();
    return this.#ask((replyTo) => ({ type: "query", query, consistency, forward, replyTo }));
  }

  /** The requests that the replica was asked to order, and forgets them. */
  ordered(): Uint8Array[] {
    const ordered = this.asked.filter((message) => message.type === "order");
    this.asked.length = 0;
    return ordered.map(({ request }) => request);
  }

  /** The ticket of the last read index asked for. */
  get ticket(): number {
    const asked = this.asked.findLast((message) => message.type === "find-read-index");
    if (asked === undefined) throw new Error("no read index was asked for");
    return asked.ticket;
  }

  crash(): void {
    this.#system.crash("client-table");
    this.clock.runFor(100);
  }

  /** A client that is told things; what it is told is added to `told`, as a list of its own. */
  listen(told: string[][]): string {
    const name = `client-${++this.#clients}`;
    const own: string[] = [];
    told.push(own);
    this.#record(name, (reply: ClientReply) => own.push(show(reply)));
    this.settle();
    return name;
  }

  #ask(request: (replyTo: Ref<ClientReply>) => ClientRequest): string[] {
    const told: string[] = [];
    const name = `client-${++this.#clients}`;
    this.#record(name, (reply: ClientReply) => told.push(show(reply)));
    this.#system.send<ClientTableMessage>(refTo(0, "client-table"), request(refTo(0, name)));
    this.settle();
    return told;
  }

  #record<M>(name: string, note: (message: M) => unknown): void {
    this.#system.spawn<M>(name, () => ({ receive: (message) => void note(message) }));
  }
}
