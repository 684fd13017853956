import type { Ref } from "../actors/ref.ts";
import { TransientMap } from "../actors/transient.ts";
import type { ClientReply } from "./client_messages.ts";
import type { Request } from "./request.ts";

type Waiter = Ref<ClientReply>;

interface Pending {
  readonly waiters: Waiter[];
  /** Who is answered by whoever executes the request with its address; told if that comes to nothing. */
  readonly elsewhere: Waiter | undefined;
}

interface PendingCommand extends Pending {
  readonly requestNumber: number;
}

/**
 * The requests that a leading client table has had ordered and not seen executed, and who waits for
 * each. Not part of the replicated state: it is derived from the uncommitted log when a view begins.
 */
export class InFlight {
  readonly #commands = new TransientMap<number, PendingCommand[]>();
  readonly #openings = new TransientMap<number, Pending>();
  #count = 0;

  /** Requests under way. */
  get count(): number {
    return this.#count;
  }

  /**
   * Adds a waiter, if there is one; `false` if the request was not under way before. With `isElsewhere` the
   * waiter of such a new request is not to be answered when it is executed here.
   */
  attach(request: Request, waiter?: Waiter, isElsewhere = false): boolean {
    const known = request.type === "command"
      ? this.#commandOf(request.clientId, request.requestNumber)
      : this.#openings.get(request.nonce);
    if (known === undefined) this.#add(request, waiter, isElsewhere);
    else if (waiter !== undefined) known.waiters.push(waiter);
    return known !== undefined;
  }

  /** Ends a request; returns who waits for it here. */
  take(request: Request): readonly Waiter[] {
    return this.#take(request)?.waiters ?? [];
  }

  /** Ends a request that comes to nothing; returns all who wait for it. */
  drop(request: Request): readonly Waiter[] {
    const pending = this.#take(request);
    return pending === undefined ? [] : allOf(pending);
  }

  /** Ends everything; returns all who wait. */
  takeAll(): Waiter[] {
    const waiters = [...this.#openings.values()].flatMap(allOf);
    for (const pending of this.#commands.values()) waiters.push(...pending.flatMap(allOf));
    this.#commands.clear();
    this.#openings.clear();
    this.#count = 0;
    return waiters;
  }

  #commandOf(clientId: number, requestNumber: number): Pending | undefined {
    return this.#commands.get(clientId)?.find((command) => command.requestNumber === requestNumber);
  }

  /** Arrays are born with what they hold: nearly all get no second element, and `push` makes room for 17. */
  #add(request: Request, waiter: Waiter | undefined, isElsewhere: boolean): void {
    this.#count++;
    const waiters = waiter === undefined || isElsewhere ? [] : [waiter];
    const elsewhere = isElsewhere ? waiter : undefined;
    if (request.type === "open-session") {
      this.#openings.set(request.nonce, { waiters, elsewhere });
      return;
    }
    const { clientId, requestNumber } = request;
    const command = { requestNumber, waiters, elsewhere };
    const commands = this.#commands.get(clientId);
    if (commands === undefined) this.#commands.set(clientId, [command]);
    else commands.push(command);
  }

  #take(request: Request): Pending | undefined {
    const pending = request.type === "command"
      ? this.#takeCommand(request.clientId, request.requestNumber)
      : this.#takeOpening(request.nonce);
    if (pending !== undefined) this.#count--;
    return pending;
  }

  #takeCommand(clientId: number, requestNumber: number): Pending | undefined {
    const commands = this.#commands.get(clientId);
    const index = commands?.findIndex((command) => command.requestNumber === requestNumber) ?? -1;
    if (commands === undefined || index < 0) return undefined;
    if (commands.length === 1) this.#commands.delete(clientId);
    return commands.splice(index, 1)[0];
  }

  #takeOpening(nonce: number): Pending | undefined {
    const opening = this.#openings.get(nonce);
    this.#openings.delete(nonce);
    return opening;
  }
}

function allOf({ waiters, elsewhere }: Pending): readonly Waiter[] {
  return elsewhere === undefined ? waiters : [...waiters, elsewhere];
}
