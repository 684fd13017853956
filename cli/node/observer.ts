import type { ActorSystem } from "../../actors/system.ts";
import type { ClientTableFigures } from "../../protocols/client_table.ts";
import type { ReplicaFigures } from "../../protocols/vr/replica.ts";
import type { Metric, ReadinessCheck } from "../../transport/service.ts";

/** What is known of a replica before it has said anything. */
export const NO_REPLICA: ReplicaFigures = {
  status: "recovering",
  view: 0,
  lastNormalView: 0,
  opNumber: 0,
  commitNumber: 0,
  durableOp: 0,
  primary: null,
  leading: false,
  suspected: [],
  stalled: null,
  logBytes: 0,
};

/** What is known of a client table before it has said anything. */
export const NO_TABLE: ClientTableFigures = {
  sessions: 0,
  executed: 0,
  inFlight: 0,
  reads: 0,
  restoring: false,
};

/** Keeps the newest of what a node's actors publish. */
export class Observer {
  #replica = NO_REPLICA;
  #table = NO_TABLE;
  #viewChanges = 0;
  readonly #replicaCount: number;

  constructor(system: ActorSystem, replicaCount: number) {
    this.#replicaCount = replicaCount;
    system.events.subscribe((event) => {
      if (event.type !== "published") return;
      if (event.topic === "replica") this.#takeReplica(event.detail as ReplicaFigures);
      if (event.topic === "client-table") this.#table = event.detail as ClientTableFigures;
    });
  }

  /** Where the replica stands. */
  get replica(): ReplicaFigures {
    return this.#replica;
  }

  /** Where the client table stands. */
  get table(): ClientTableFigures {
    return this.#table;
  }

  /** The replica's part in the present view. */
  get role(): string {
    const { status, leading } = this.#replica;
    if (status !== "normal") return status;
    return leading ? "primary" : "backup";
  }

  /** Whether the node can serve, check by check. */
  readiness(): ReadinessCheck[] {
    const { status, stalled } = this.#replica;
    return [
      { name: "replica", ok: status === "normal", detail: status },
      this.#primaryCheck(),
      { name: "journal", ok: stalled === null, detail: stalled ?? "takes writes" },
      {
        name: "state",
        ok: !this.#table.restoring,
        detail: this.#table.restoring ? "restoring from a snapshot" : "ready",
      },
    ];
  }

  /** Whether there is a primary that can serve: a backup hears it, or it hears a majority itself. */
  #primaryCheck(): ReadinessCheck {
    const { primary, suspected, leading } = this.#replica;
    const name = "primary";
    if (primary === null) return { name, ok: false, detail: "none known" };
    const heard = this.#replicaCount - suspected.length;
    if (leading && heard <= this.#replicaCount / 2) {
      const detail =
        `node ${primary}, which hears ${heard} of ${this.#replicaCount}, itself included`;
      return { name, ok: false, detail };
    }
    const silent = suspected.includes(primary);
    return { name, ok: !silent, detail: `node ${primary}${silent ? ", not heard of" : ""}` };
  }

  /** Figures for `/metrics`. */
  metrics(): Metric[] {
    const { replica, table } = this;
    const gauge = (name: string, help: string, value: number): Metric => ({
      name: `troupe_${name}`,
      help,
      type: "gauge",
      value,
    });
    return [
      gauge("view", "The view that the replica is in", replica.view),
      gauge("op_number", "The last entry of the log", replica.opNumber),
      gauge("commit_number", "The last entry known to be committed", replica.commitNumber),
      gauge("durable_op_number", "The last entry that is durable here", replica.durableOp),
      gauge("executed_op_number", "The last entry executed", table.executed),
      gauge("is_primary", "Whether this node orders", replica.leading ? 1 : 0),
      gauge("is_normal", "Whether the replica is in status normal", status(replica)),
      gauge("log_bytes", "Bytes of log held in memory", replica.logBytes),
      gauge("journal_stalled", "Whether the disk refuses writes", replica.stalled ? 1 : 0),
      gauge("sessions", "Open client sessions", table.sessions),
      gauge("requests_in_flight", "Requests ordered and not executed", table.inFlight),
      gauge("reads_in_flight", "Linearizable reads on their way", table.reads),
      {
        name: "troupe_view_changes_total",
        help: "Views entered since the node started",
        type: "counter",
        value: this.#viewChanges,
      },
    ];
  }

  #takeReplica(figures: ReplicaFigures): void {
    if (figures.view > this.#replica.view) this.#viewChanges++;
    this.#replica = figures;
  }
}

function status(replica: ReplicaFigures): number {
  return replica.status === "normal" ? 1 : 0;
}
