import type { CommandLimits } from "./command.ts";
import { RespError } from "./reply.ts";
import type { Outcome, Store, Versioned } from "./store.ts";

/** What is to become of a key: a value, `null` for its removal, or nothing. */
export interface Change<T> {
  /** What the command answers if the change is made. */
  readonly reply: T;
  /** Absent if the key is to stay as it is. */
  readonly to?: Uint8Array | null;
}

/** What a read-modify-write needs. */
export interface Changing {
  readonly store: Store;
  readonly limits: CommandLimits;
  now(): number;
}

/**
 * Reads a key, has `change` say what becomes of it, and writes that if the key is still the same; if not,
 * it begins anew. Each time it does, somebody else's write was made. `change` may be called several times.
 *
 * @throws {RespError} `TRYAGAIN` if others were faster for as long as a request may take.
 */
export async function compareAndSet<T>(
  { store, limits, now }: Changing,
  key: string,
  change: (before: Versioned | undefined) => Change<T>,
): Promise<T> {
  const deadline = now() + limits.requestMs;
  do {
    const before = await store.find(key);
    const { reply, to } = change(before);
    if (to === undefined) return reply;
    if (await write(store, key, to, before) === "done") return reply;
  } while (now() < deadline);
  throw new RespError("TRYAGAIN Others keep changing the key; nothing was changed");
}

/** Writes a key only if it is still what it was. */
function write(
  store: Store,
  key: string,
  to: Uint8Array | null,
  before: Versioned | undefined,
): Promise<Outcome> {
  const modRevision = before?.modRevision ?? 0;
  const condition = { type: "mod-revision", modRevision } as const;
  return to === null ? store.remove(key, condition) : store.put(key, to, condition);
}
