/**
 * What a command is, and what it is given.
 *
 * @module
 */
import type { NodeStatus } from "../service.ts";
import type { Cursors } from "./cursors.ts";
import type { Reply } from "./reply.ts";
import type { RespVersion } from "./reply_writer.ts";
import type { Store } from "./store.ts";

/**
 * What a command has to do with those before and after it on the same connection: a `read` or a `write` of
 * its keys, a `scan` of all keys, something that depends on `all` before it, or on `none` of them. A
 * `plain` write has told the store all that it wants when `run()` returns.
 */
export type Effect = "none" | "read" | "write" | "plain" | "scan" | "all";

/** A command. */
export interface Command {
  /** In lower case; that of a subcommand with its command before it: `client|list`. */
  readonly name: string;
  /** How many words it takes, its name included; negative for at least so many. */
  readonly arity: number;
  /** What Redis says of it in `COMMAND`. */
  readonly flags: readonly string[];
  /** Which arguments are keys: the first, the last (negative: from the end), and every how many. */
  readonly keys: readonly [first: number, last: number, step: number];
  /** That of all its requests, or of one with these words. */
  readonly effect: Effect | ((args: readonly Uint8Array[]) => Effect);
  /** What it does, in a line. */
  readonly summary: string;
  /** Its subcommands, by their names without it. They are run in its stead. */
  readonly subcommands?: ReadonlyMap<string, Command>;
  /**
   * Executes it. Arguments must not be looked at after it has returned; what it throws, or rejects with,
   * is answered as an error.
   */
  run(call: Call): Reply | Promise<Reply>;
}

/** One execution of a command. */
export interface Call {
  /** The words of the request: the name of the command, and of its subcommand, are among them. */
  readonly args: readonly Uint8Array[];
  readonly client: Client;
  readonly means: Means;
}

/** A connection, as commands see it. */
export interface Client {
  /** Counted from 1. */
  readonly id: number;
  /** Where it comes from, `host:port`. */
  readonly address: string;
  /** Where it came in, `host:port`. */
  readonly localAddress: string;
  /** When, in milliseconds of the monotonic clock. */
  readonly since: number;
  /** When its last command came, in milliseconds of the monotonic clock. */
  lastAt: number;
  /** The name of that command. */
  lastCommand: string;
  /** What it calls itself. */
  name: string;
  libraryName: string;
  libraryVersion: string;
  version: RespVersion;
  /** Whether reads may be answered by this node alone, from what it has executed so far. */
  isStale: boolean;
  /** Whether commands are not executed, but wait for the end of a transaction. */
  isInTransaction: boolean;
  /** Whether it is closed when all is answered. */
  isLeaving: boolean;
  /** Closes it at once. */
  close(): void;
}

/** What commands are executed with. */
export interface Means {
  readonly store: Store;
  readonly cursors: Cursors;
  /** Every command there is, by its name. */
  readonly commands: ReadonlyMap<string, Command>;
  /** How the node stands. */
  status(): NodeStatus;
  /** Everyone who is connected. */
  clients(): Iterable<Client>;
  /** How the server stands. */
  readonly figures: ServerFigures;
  readonly limits: CommandLimits;
  /** Milliseconds of a monotonic clock. */
  now(): number;
}

/** What the server counts. */
export interface ServerFigures {
  /** Connections accepted since the start. */
  connections: number;
  /** Connections refused since the start: there were too many. */
  refused: number;
  /** Commands since the start. */
  commands: number;
  /** How many of them were answered by errors. */
  errors: number;
  /** Bytes received. */
  received: number;
  /** Bytes sent. */
  sent: number;
}

/** What commands may take. */
export interface CommandLimits {
  /** The longest value, in bytes. */
  readonly valueBytesMax: number;
  /** The longest key, in bytes. */
  readonly keyBytesMax: number;
  /** The longest answer, in bytes, about. */
  readonly replyBytesMax: number;
  /** How long a command tries to write what others keep changing, in milliseconds. */
  readonly requestMs: number;
  /** Whether what was acknowledged is on disks. */
  readonly isDurable: boolean;
  /** The port that the server listens on. */
  readonly port: number;
  /** The most connections. */
  readonly connectionsMax: number;
}

/** Makes a table of commands. */
export function tableOf(commands: readonly Command[]): ReadonlyMap<string, Command> {
  return new Map(commands.map((command) => [command.name.split("|").at(-1)!, command]));
}
