import type { MemberRecord, SwimMessage } from "../../protocols/swim/messages.ts";

/** Only a member itself contradicts what is claimed of it: nobody else says it lives under a new incarnation. */
export class SwimWatch {
  readonly #fail: (what: string) => void;
  /** The greatest incarnation that each node has told of itself. */
  readonly #told = new Map<number, number>();

  constructor(fail: (what: string) => void) {
    this.#fail = fail;
  }

  /** A member sends a message. */
  sent(message: SwimMessage): void {
    const { node: from } = message;
    for (const record of recordsOf(message)) {
      const told = this.#told.get(record.node) ?? 0;
      if (record.node === from) this.#told.set(from, Math.max(told, record.incarnation));
      else if (record.incarnation > told) {
        this.#fail(
          `node ${from} says that ${record.node} is ${record.state} in incarnation ` +
            `${record.incarnation}, where that one has told of ${told}`,
        );
      }
    }
  }
}

function recordsOf(message: SwimMessage): readonly MemberRecord[] {
  if ("updates" in message) return message.updates;
  return "members" in message ? message.members : [];
}
