import type { SentMessage } from "./network.ts";
import type { World } from "./world.ts";

/**
 * What an ambush may wait for: messages after which their sender must remember something, or somebody
 * else must; `result` is an answer to a client.
 */
export const AMBUSHES = [
  "prepare",
  "prepareOk",
  "prepareOk",
  "startViewChange",
  "doViewChange",
  "startView",
  "newState",
  "recoveryResponse",
  "probed",
  "confirmed",
  "checkpointPiece",
  "result",
  "result",
] as const;

/** Waits until a node has sent a message of a type, for so long, and strikes right then. */
export function lieInWait(
  { network, clock, nodes }: World,
  { type, limitMs }: { readonly type: string; readonly limitMs: number },
  strike: (sender: number) => void,
): void {
  const cancel = network.filter((sent) => {
    if (typeOf(sent) === type && sent.from < nodes.length) {
      cancel();
      // Not within the turn that sends it.
      clock.after(0, () => strike(sent.from));
    }
    return undefined;
  });
  clock.after(limitMs, cancel);
}

/** The type of a message, whether or not there is another one around it. */
function typeOf({ type, message }: SentMessage): string {
  if (type !== "stamped") return type;
  return (message as { readonly message: { readonly type: string } }).message.type;
}
