/** What the verbs take that a gossip cluster understands. */

import { GossipClient } from "../client/gossip_client.ts";
import type {
  GossipReadOptions,
  GossipWriteOptions,
  Guarantee,
  Level,
} from "../client/gossip_types.ts";
import { whyUnreadable } from "../files.ts";
import { UsageError } from "./exit.ts";
import type { Invocation } from "./invocation.ts";
import type { Flag } from "./table.ts";

const LEVELS: readonly Level[] = ["local", "one", "quorum", "all"];
const GUARANTEES: readonly Guarantee[] = [
  "read-your-writes",
  "monotonic-reads",
  "monotonic-writes",
  "writes-follow-reads",
];

const LEVEL: Flag = {
  name: "level",
  value: "LEVEL",
  help: "with gossip: how many members must take part (default: one)",
  choices: LEVELS,
};

/** Keeps a session in a file, from command to command. */
export const SESSION_FLAGS: readonly Flag[] = [
  {
    name: "session",
    value: "PATH",
    help: "with gossip: keep a session's token in this file, from command to command",
  },
  {
    name: "guarantees",
    value: "LIST",
    help: "with --session: only these guarantees (kv help get lists them)",
  },
];

/** Flags of verbs that read one key. */
export const GOSSIP_READ_FLAGS: readonly Flag[] = [LEVEL, ...SESSION_FLAGS];

/** Flags of verbs that write a key whatever it is. */
export const GOSSIP_WRITE_FLAGS: readonly Flag[] = [LEVEL, ...SESSION_FLAGS];

/** Flags of verbs that write a key by what was seen of it. */
export const CONTEXT_FLAGS: readonly Flag[] = [
  {
    name: "context",
    value: "TOKEN",
    help: "with gossip: replace what was seen by the read that gave this token",
  },
  ...GOSSIP_WRITE_FLAGS,
];

const GOSSIP_ONLY = ["level", "session", "guarantees", "context"];
const ORDERED_ONLY = ["consistency", "max-versions"];

/**
 * Whether the cluster is one of the protocol `gossip`, as the first node says that answers; if none does, it
 * is taken for another.
 *
 * @throws {UsageError} for flags that mean nothing to it.
 */
export async function isGossip(invocation: Invocation): Promise<boolean> {
  const protocol = await invocation.protocol();
  const wrong = protocol === "gossip" ? ORDERED_ONLY : protocol === undefined ? [] : GOSSIP_ONLY;
  const flag = wrong.find((name) => invocation.text(name) !== undefined);
  if (flag === undefined) return protocol === "gossip";
  throw new UsageError(
    `Flag --${flag} means nothing to a cluster of the protocol ${protocol}`,
    invocation.path,
  );
}

/** A client of a gossip cluster, and what to do when it has been used. */
export interface GossipUse {
  readonly client: GossipClient;
  /** Keeps the session for the next command. */
  done(): Promise<void>;
}

/** A client of the node that `--node` names, or else of all, in the session that `--session` keeps. */
export async function useGossip(invocation: Invocation): Promise<GossipUse> {
  const file = invocation.text("session");
  const guarantees = guaranteesOf(invocation);
  const options = await invocation.gossipOptions();
  if (file === undefined) {
    if (guarantees === undefined) {
      return { client: new GossipClient(options), done: () => Promise.resolve() };
    }
    throw new UsageError("Flag --guarantees goes with --session", invocation.path);
  }
  const token = await readToken(invocation, file);
  const session = { token, ...(guarantees === undefined ? {} : { guarantees }) };
  const client = new GossipClient({ ...options, session });
  const done = () => invocation.io.writeFile(file, `${client.sessionToken}\n`);
  return { client, done };
}

/** How a read is to be done. */
export function gossipReads(invocation: Invocation): GossipReadOptions {
  const maxAgeMs = invocation.integer("max-age-ms");
  return {
    ...invocation.calls,
    ...levelOf(invocation),
    ...(maxAgeMs === undefined ? {} : { maxAgeMs }),
  };
}

/** How a write is to be done. */
export function gossipWrites(invocation: Invocation): GossipWriteOptions {
  const context = invocation.text("context");
  return {
    ...invocation.writes,
    ...levelOf(invocation),
    ...(context === undefined ? {} : { context }),
  };
}

function levelOf(invocation: Invocation): { readonly level?: Level } {
  // The parser lets no other word through.
  const level = invocation.text("level") as Level | undefined;
  return level === undefined ? {} : { level };
}

function guaranteesOf(invocation: Invocation): readonly Guarantee[] | undefined {
  const text = invocation.text("guarantees");
  return text?.split(",").map((name) => {
    const known = GUARANTEES.find((guarantee) => guarantee === name.trim());
    if (known !== undefined) return known;
    const all = GUARANTEES.join(", ");
    throw new UsageError(
      `--guarantees is a list of ${all}, not ${JSON.stringify(name)}`,
      invocation.path,
    );
  });
}

/** A session that has not begun yet has no file. */
async function readToken({ io, path }: Invocation, file: string): Promise<string> {
  try {
    return new TextDecoder().decode(await io.readFile(file)).trim();
  } catch (error) {
    if (error instanceof Deno.errors.NotFound) return "";
    throw new UsageError(`Cannot read ${JSON.stringify(file)}: ${whyUnreadable(error)}`, path);
  }
}
