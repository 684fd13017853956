import type { Ref } from "./ref.ts";

/** Carries messages to other nodes. Implemented by the transports. */
export interface Remoting {
  /**
   * Takes a message for an actor of another node, and serialises it before returning. `false` if it
   * was dropped at once: unknown node, or a full queue. `true` promises nothing.
   */
  send(to: Ref<never>, message: unknown): boolean;
}
