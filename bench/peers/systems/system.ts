import { freeBasePort } from "../ports.ts";

/** How many nodes each system has. */
export const NODES = 3;

/** Where a system is started. */
export interface Site {
  /** An empty directory for its data. */
  readonly directory: string;
  /** Ends the start, if it is under way. */
  readonly signal: AbortSignal;
}

/** A system that can be compared. */
export interface System {
  readonly name: string;
  /** What of its settings is not the default. */
  readonly settings: string;
  /** What an acknowledged write is on. */
  readonly write: string;
  /** What a read reflects. */
  readonly read: string;
  /** Whether all nodes are loaded, rather than the one that leads; `never` if only that one takes writes. */
  readonly spread: "always" | "if asked" | "never";
  /** Its version, or `null` if it is not installed. */
  version(): Promise<string | null>;
  /** Starts its nodes, and waits until they serve. */
  start(site: Site): Promise<RunningSystem>;
}

/** What a system serves. */
export type Protocol = "http" | "resp" | "zookeeper";

/** A system whose nodes run. */
export interface RunningSystem {
  /** The port of each node on the loopback interface, for each protocol that it serves. */
  readonly ports: Readonly<Partial<Record<Protocol, readonly number[]>>>;
  pids(): readonly number[];
  /** Which node leads now; 0 if none does. */
  leader(): Promise<number>;
  stop(): Promise<void>;
}

/** Ports for the nodes of a system: one of each hundred, from a base where all of them are free. */
export function portBlocks(blocks: number, nodes = NODES): number[][] {
  const offsets = Array.from(
    { length: blocks },
    (_, block) => Array.from({ length: nodes }, (_, node) => block * 100 + node),
  );
  const base = freeBasePort(offsets.flat());
  return offsets.map((block) => block.map((offset) => base + offset));
}

/** What a program prints when it is asked for its version; `null` if it is not installed. */
export async function versionOf(
  command: readonly [string, ...string[]],
  pattern: RegExp,
): Promise<string | null> {
  const [program, ...args] = command;
  try {
    const { stdout, stderr } = await new Deno.Command(program, { args }).output();
    const text = [stdout, stderr].map((bytes) => new TextDecoder().decode(bytes)).join("\n");
    return pattern.exec(text)?.[1] ?? "unknown";
  } catch (error) {
    if (error instanceof Deno.errors.NotFound) return null;
    throw error;
  }
}
