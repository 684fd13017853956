import { refTo } from "../../actors/ref.ts";
import type { ActorSystem } from "../../actors/system.ts";
import { clientRequest } from "../../protocols/client_messages.ts";
import { clientTable, type ClientTableMessage } from "../../protocols/client_table.ts";
import { failureDetector } from "../../protocols/failure_detector.ts";
import type { StateMachine } from "../../protocols/state_machine.ts";
import { vrMessage } from "../../protocols/vr/messages.ts";
import type { VrOptions } from "../../protocols/vr/options.ts";
import { replica } from "../../protocols/vr/replica.ts";
import type { Disk } from "../../storage/disk.ts";
import { journal, type JournalOptions } from "../../storage/journal.ts";
import { memoryJournal } from "../../storage/memory_journal.ts";
import { watched } from "../watched.ts";

/** The actors of a node, in the order of their start. */
export const ACTORS = ["journal", "client-table", "replica", "detector"] as const;

/** As in production: nothing may be lost inside a node. */
const MAILBOX_CAPACITY = 65_536;

/** What all nodes of a group are configured with. */
export type GroupOptions =
  & Pick<VrOptions, "replicaCount">
  & Partial<
    Pick<
      VrOptions,
      | "durability"
      | "heartbeatMs"
      | "viewChangeMs"
      | "abdicateMs"
      | "pipeline"
      | "entryBytesMax"
      | "requestsMax"
      | "snapshotLogBytes"
      | "retainEntries"
    >
  >
  & { readonly journal: JournalOptions };

/** One node's part of a group. */
export interface VrGroupNode {
  readonly group: GroupOptions;
  readonly disk: Disk;
  readonly machine: () => StateMachine;
  /** Sees what the client table is told, before it does. */
  readonly onTableMessage: (message: ClientTableMessage) => void;
}

/** Starts the actors of one node: those of production, in the same order. */
export function spawnVrNode(system: ActorSystem, node: VrGroupNode): void {
  const { group: { journal: journalOptions, ...vr }, disk, machine, onTableMessage } = node;
  const index = system.node;
  const bounded = { mailboxCapacity: MAILBOX_CAPACITY };
  system.expose("replica", vrMessage);
  system.expose("client-table", clientRequest);
  const isInMemory = vr.durability === "memory";
  const store = isInMemory ? memoryJournal() : journal(disk, journalOptions);
  system.spawn("journal", store, bounded);
  const table = clientTable({
    machine,
    replica: refTo(index, "replica"),
    journal: refTo(index, "journal"),
    peer: (other) => refTo(other, "client-table", clientRequest),
  });
  system.spawn("client-table", watched(table, onTableMessage), bounded);
  const options: VrOptions = {
    ...vr,
    replica: index,
    peer: (other) => refTo(other, "replica", vrMessage),
    journal: refTo(index, "journal"),
    clientTable: refTo(index, "client-table"),
    detector: refTo(index, "detector"),
  };
  system.spawn("replica", replica(options), bounded);
  const { heartbeatMs = 50 } = vr;
  const detector = failureDetector({ subscriber: refTo(index, "replica"), heartbeatMs });
  system.spawn("detector", detector);
}
