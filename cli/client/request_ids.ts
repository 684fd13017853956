import type { RequestId } from "../../transport/service.ts";

/** Ids are integers that JSON holds exactly. */
const CLIENT_ID_MAX = Number.MAX_SAFE_INTEGER;

/**
 * Names writes that may be under way at the same time. Under one id they would have to go one after the other:
 * a write that arrives behind a later one of its id is refused, since nobody remembers what it became.
 */
export class RequestIds {
  readonly #idle: RequestId[] = [];

  /** A name for a write. */
  take(): RequestId {
    const last = this.#idle.pop();
    if (last !== undefined) return { ...last, requestNumber: last.requestNumber + 1 };
    return { clientId: Math.floor(Math.random() * CLIENT_ID_MAX), requestNumber: 1 };
  }

  /** The write has ended, and how is known: another may have its id. */
  release(id: RequestId): void {
    this.#idle.push(id);
  }
}
