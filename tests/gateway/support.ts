import type { Ref } from "../../actors/ref.ts";
import { ActorSystem } from "../../actors/system.ts";
import { VirtualClock, VirtualEnvironment } from "../../actors/virtual_environment.ts";
import type { ClientReply, ClientRequest } from "../../protocols/client_messages.ts";
import { decodeRequest, type Request } from "../../protocols/request.ts";
import { Gateway, type GatewayOptions } from "../../transport/gateway.ts";
import { bytesOf, textOf } from "../vr/machine.ts";

/** A question that the gateway has put to its client table. */
export interface Asked {
  readonly at: number;
  readonly message: ClientRequest;
  /** What was to be ordered; `undefined` for a query. */
  readonly request: Request | undefined;
}

/** What the client table answers; `undefined` for nothing at all. */
export type Script = (asked: Asked, count: number) => ClientReply | undefined;

/** A result, as the client table gives it. */
export function result(text: string, opNumber = 1): ClientReply {
  return { type: "result", opNumber, result: bytesOf(text) };
}

/** A gateway in virtual time, whose client table is a script. */
export class GatewayWorld {
  readonly clock = new VirtualClock();
  readonly system: ActorSystem;
  readonly gateway: Gateway;
  readonly asked: Asked[] = [];

  constructor(script: Script, options: Partial<GatewayOptions> = {}) {
    const environment = new VirtualEnvironment(this.clock, { seed: 1 });
    this.system = new ActorSystem({ node: 0, environment });
    this.gateway = new Gateway({
      system: this.system,
      clientTable: "table",
      requestMs: 5_000,
      sessionsMax: 10,
      inFlightMax: 10,
      ...options,
    });
    this.system.spawn<ClientRequest>("table", (context) => ({
      receive: (message) => {
        const request = message.type === "submit" ? decodeRequest(message.request) : undefined;
        this.asked.push({ at: this.clock.now, message, request });
        const reply = script(this.asked.at(-1)!, this.asked.length);
        if (reply !== undefined) context.send(message.replyTo as Ref<ClientReply>, reply);
      },
    }));
  }

  /** Commands that were asked for, as `client/number text`. */
  get commands(): string[] {
    return this.asked.flatMap(({ request }) =>
      request?.type === "command"
        ? [`${request.clientId}/${request.requestNumber} ${textOf(request.command)}`]
        : []
    );
  }

  /** Submits a command; resolves to the result, or to the code of the error. */
  submit(
    text: string,
    options: Parameters<Gateway["submit"]>[1] = {},
  ): Promise<string> {
    return this.settle(this.gateway.submit(bytesOf(text), options));
  }

  /** Lets virtual time pass until a promise is settled: its result as text, or the code of the error. */
  async settle(promise: Promise<{ readonly result: Uint8Array }>): Promise<string> {
    let outcome: string | undefined;
    promise.then(
      ({ result }) => outcome = textOf(result),
      (error) => outcome = (error as { code?: string }).code ?? String(error),
    );
    await this.run(60_000, () => outcome !== undefined);
    return outcome ?? "(nothing)";
  }

  /** Lets virtual time pass, and promises be settled in between. */
  async run(ms: number, isDone = () => false): Promise<void> {
    const end = this.clock.now + ms;
    // Others may be waiting too: what they do next may give the clock something to run.
    for (let idle = 0; idle < 5 && !isDone();) {
      await microtasks();
      if (!isDone() && !this.clock.step(end)) idle++;
    }
  }

  /** Tells the gateway who leads. */
  role(primary: number | null): void {
    const detail = { view: 1, primary };
    const actor = "table";
    this.system.events.publish({ type: "published", actor, topic: "role", detail });
  }
}

/** Lets every promise that can be settled be settled. */
async function microtasks(): Promise<void> {
  for (let round = 0; round < 20; round++) await Promise.resolve();
}

/** Answers like a group that executes everything, with sessions counted up from 1. */
export class FakeGroup {
  readonly executed: string[] = [];
  readonly evicted = new Set<number>();
  #sessions = 0;
  readonly #done = new Map<string, ClientReply>();

  /** What a group does with a request, answered or not. */
  execute({ request }: Asked): ClientReply {
    if (request === undefined) return result("query");
    if (request.type === "open-session") {
      return { type: "session", opNumber: 1, clientId: ++this.#sessions };
    }
    const { clientId, requestNumber, command } = request;
    if (this.evicted.has(clientId)) return { type: "noSession" };
    const key = `${clientId}/${requestNumber}`;
    const known = this.#done.get(key);
    if (known !== undefined) return known;
    this.executed.push(textOf(command));
    const reply = result(textOf(command), this.executed.length);
    this.#done.set(key, reply);
    return reply;
  }
}
