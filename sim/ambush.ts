import type { SentMessage } from "./network.ts";
import type { World } from "./world.ts";

/** How long an ambush waits at most. */
const WAIT_MS = 2_000;

/** What an ambush waits for. */
export interface Ambush {
  readonly type: string;
  /** How long that message, and what its sender says right after it, is held up, in milliseconds. */
  readonly heldMs: number;
}

/** Waits until a node has sent a message of a type, and strikes right then. */
export function lieInWait(
  { network, clock, nodes }: World,
  { type, heldMs }: Ambush,
  strike: (sender: number) => void,
): void {
  const cancel = network.filter((sent) => {
    if (typeOf(sent) === type && sent.from < nodes.length) {
      cancel();
      for (const { index } of heldMs > 0 ? nodes : []) network.clog(sent.from, index, heldMs);
      // Not within the turn that sends it.
      clock.after(0, () => strike(sent.from));
    }
    return undefined;
  });
  clock.after(WAIT_MS, cancel);
}

/** The type of a message, whether or not there is another one around it. */
function typeOf({ type, message }: SentMessage): string {
  if (type !== "stamped") return type;
  return (message as { readonly message: { readonly type: string } }).message.type;
}
