import { ALL_GUARANTEES, type ClientSession } from "../../protocols/gossip/client_messages.ts";
import { NodeClock } from "../../protocols/gossip/clock.ts";
import type { KnownEvent } from "./event_table.ts";

/** A session of a client, and what it must not miss. */
export class SimSession {
  readonly guarantees: ClientSession["guarantees"];
  /** As it was last answered; empty in the beginning. */
  token = "";
  /** What it has seen, with all that those who wrote it had seen. */
  readonly reads = new NodeClock();
  /** What it has written. */
  readonly writes = new NodeClock();

  constructor(guarantees: ClientSession["guarantees"] = ALL_GUARANTEES) {
    this.guarantees = guarantees;
  }

  /** As it goes with a request. */
  get asked(): ClientSession {
    return { token: this.token, guarantees: this.guarantees };
  }

  /** What a read of it has to show. */
  get required(): NodeClock {
    const required = new NodeClock();
    if (this.guarantees.monotonicReads) required.join(this.reads);
    if (this.guarantees.readYourWrites) required.join(this.writes);
    return required;
  }

  /** What whoever sees its next write has to see. */
  get past(): NodeClock {
    const past = new NodeClock();
    if (this.guarantees.writesFollowReads) past.join(this.reads);
    if (this.guarantees.monotonicWrites) past.join(this.writes);
    return past;
  }

  /** It was shown events. */
  saw(events: readonly KnownEvent[], pastOf: (event: KnownEvent) => NodeClock | undefined): void {
    for (const event of events) {
      this.reads.add(event.delta.dot);
      const past = pastOf(event);
      if (past !== undefined) this.reads.join(past);
    }
  }
}
