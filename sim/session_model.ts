import type { Request, SessionCommand } from "../protocols/request.ts";

interface Session {
  /** The newest request executed; 0 before the first. */
  newest: number;
}

/**
 * What sessions must be like after the one history: ids are counted up, the one that has not executed
 * anything for longest is evicted, and each executes requests with ever higher numbers.
 */
export class SessionModel {
  /** In the order of their last execution. */
  readonly #sessions = new Map<number, Session>();
  /** At which op-number each session was opened, whether or not it is still there. */
  readonly #opened = new Map<number, number>();
  readonly #adoptedMax: number | undefined;
  /** The greatest id of an adopted session that was evicted. */
  #evicted = 0;

  /** @param adoptedMax For a log whose sessions are opened in another one: how many are kept. */
  constructor(adoptedMax?: number) {
    this.#adoptedMax = adoptedMax;
  }

  /** At which op-number a session was opened; `undefined` if it never was. */
  openedAt(clientId: number): number | undefined {
    return this.#opened.get(clientId);
  }

  /** Whether a session is there at the end of the history. */
  has(clientId: number): boolean {
    return this.#sessions.has(clientId) || this.#mayAdopt(clientId);
  }

  /** Takes the next request of the history; returns it if it is a command that is to be executed. */
  take(request: Request | undefined, op: number): SessionCommand | undefined {
    if (request?.type === "open-session" && this.#adoptedMax === undefined) {
      this.#open(op, request.sessionsMax);
    }
    return request?.type === "command" && this.#admits(request) ? request : undefined;
  }

  #open(op: number, sessionsMax: number): void {
    const clientId = this.#opened.size + 1;
    this.#opened.set(clientId, op);
    this.#sessions.set(clientId, { newest: 0 });
    while (this.#sessions.size > sessionsMax) {
      this.#sessions.delete(this.#sessions.keys().next().value!);
    }
  }

  #admits({ clientId, requestNumber }: SessionCommand): boolean {
    const session = this.#sessions.get(clientId) ?? this.#adopt(clientId);
    if (session === undefined || requestNumber <= session.newest) return false;
    session.newest = requestNumber;
    this.#sessions.delete(clientId);
    this.#sessions.set(clientId, session);
    this.#forget();
    return true;
  }

  /** One that was evicted is never taken for new. */
  #mayAdopt(clientId: number): boolean {
    return this.#adoptedMax !== undefined && clientId > this.#evicted;
  }

  #adopt(clientId: number): Session | undefined {
    return this.#mayAdopt(clientId) ? { newest: 0 } : undefined;
  }

  #forget(): void {
    while (this.#sessions.size > (this.#adoptedMax ?? Infinity)) {
      const oldest = this.#sessions.keys().next().value!;
      this.#sessions.delete(oldest);
      this.#evicted = Math.max(this.#evicted, oldest);
    }
  }
}
