/**
 * A lock for many nodes, held by one at a time: actors of one's own. Whoever gets it has it for a
 * second, so that a holder which dies holds up nobody for long.
 *
 * `lock_simulation.ts` shows that no two ever hold it at once, and how that would be missed.
 *
 * @module
 */
import { type ActorFactory, type Infer, type Ref, schema } from "../mod.ts";

/** How long the lock is granted, in milliseconds. */
export const LEASE_MS = 1_000;
/** How often a worker asks for it, in milliseconds. */
const RETRY_MS = 100;

/** The lock was granted to that attempt of a worker. */
export const granted = schema.struct({ attempt: schema.u53 });

/** What workers ask of the lock. */
export const lockRequest = schema.union({
  /** Grant it to me. */
  acquire: { attempt: schema.u53, replyTo: schema.ref(granted) },
  /** I am done. Counts only if that attempt still has it: this message may be late, or come twice. */
  release: { attempt: schema.u53 },
});

/** What workers ask of the lock. */
export type LockRequest = Infer<typeof lockRequest>;

/** What a worker takes: that, and its own timers. */
export type WorkerMessage = Infer<typeof granted> | "acquire" | "release";

/**
 * The lock. An incarnation knows nothing of what an earlier one has granted, so it waits until that
 * is over.
 *
 * @param graceMs How long it waits, in milliseconds.
 */
export function lock(graceMs: number = LEASE_MS): ActorFactory<LockRequest> {
  return (context) => {
    let heldBy = 0;
    let heldUntil = context.now() + graceMs;
    return {
      receive(message) {
        const now = context.now();
        if (message.type === "release") {
          if (message.attempt === heldBy) heldUntil = now;
        } else if (now >= heldUntil) {
          heldBy = message.attempt;
          heldUntil = now + LEASE_MS;
          context.send(message.replyTo, { attempt: heldBy });
        }
      },
    };
  };
}

/**
 * Someone who wants the lock again and again. Publishes under the topic `holding` until when it has it.
 */
export function worker(theLock: Ref<LockRequest>): ActorFactory<WorkerMessage> {
  return (context) => {
    let attempt = 0;
    let askedAt = 0;
    const acquire = () => {
      attempt = 1 + Math.floor(context.random() * (Number.MAX_SAFE_INTEGER - 1));
      askedAt = context.now();
      context.send(theLock, { type: "acquire", attempt, replyTo: context.self });
      context.setTimer("next", RETRY_MS, "acquire");
    };
    const release = () => {
      context.publish("holding", { until: context.now() });
      context.send(theLock, { type: "release", attempt });
      // That it was granted may be said once more.
      attempt = 0;
      // Others want it, too.
      context.setTimer("next", RETRY_MS * (1 + context.random()), "acquire");
    };
    const hold = (grantedTo: number) => {
      // Counted from when it was asked for: the lock counts from later on.
      const until = askedAt + LEASE_MS;
      if (grantedTo !== attempt || context.now() >= until) return;
      context.publish("holding", { until });
      context.setTimer("next", context.random() * (until - context.now()), "release");
    };
    acquire();
    return {
      receive(message) {
        if (message === "acquire") acquire();
        else if (message === "release") release();
        else hold(message.attempt);
      },
    };
  };
}
