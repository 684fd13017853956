import type { ClientReply } from "../client_messages.ts";
import type { Execution } from "../object_machine.ts";
import type { Update } from "./messages.ts";
import type { ObjectRecord } from "./objects.ts";

/** What is to be done to one object. */
export interface Command {
  readonly object: string;
  /** Whether what becomes of the object depends on what it was; see `ObjectMachine.isReadModifyWrite`. */
  readonly isRmw: boolean;
  /** The client that it is executed for, and the number of its request: 0 opens the session. */
  readonly clientId: number;
  readonly requestNumber: number;
  /** How often it was begun. */
  attempts: number;
  /** See `ObjectMachine.execute`. */
  execute(before: Uint8Array | null, modRevision: number, revision: number): Execution;
  /** Called once, with what its client is to be told. */
  answer(reply: ClientReply): void;
}

/** An update that this node coordinates: one of its clients', or a replay of somebody else's. */
export class Pending {
  readonly record: ObjectRecord;
  /** As it travels. Its timestamp is kept apart from the object's, which may be a later one. */
  readonly update: Update;
  /** Whose it is; `undefined` for a replay. */
  readonly command: Command | undefined;
  /** What it returned; empty for a replay. */
  readonly result: Uint8Array;
  /** The other nodes that have acknowledged it in this epoch, as bits. */
  acks = 0;
  /** Whether we hold it, or a later one, durably: our own acknowledgement. */
  isDurable = false;
  /** When it began in this epoch, and when it was last sent, by `Context.now()`. */
  beganAt: number;
  sentAt: number;

  constructor(
    record: ObjectRecord,
    update: Update,
    command: Command | undefined,
    result: Uint8Array,
    now: number,
  ) {
    this.record = record;
    this.update = update;
    this.command = command;
    this.result = result;
    this.beganAt = now;
    this.sentAt = now;
  }

  /** Whether nothing later has taken its place. */
  get isNewest(): boolean {
    return this.record.ts === this.update.ts;
  }
}
