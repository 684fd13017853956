/** What the verbs that read and write keys do with a gossip cluster, and those that only it has. */

import { KeyNotFound } from "../client.ts";
import type { GossipClient } from "../client/gossip_client.ts";
import type { GossipEntry, GossipWriteOptions, GossipWritten } from "../client/gossip_types.ts";
import { formatJson } from "../output.ts";
import { EXIT, type ExitCode, UsageError } from "./exit.ts";
import {
  GOSSIP_READ_FLAGS,
  GOSSIP_WRITE_FLAGS,
  gossipReads,
  gossipWrites,
  isGossip,
  useGossip,
} from "./gossip_flags.ts";
import { bytesAsJson, gossipEntriesAsTable, gossipEntryAsJson } from "./gossip_view.ts";
import type { Invocation } from "./invocation.ts";
import { REPEAT_FLAGS, type Verb } from "./table.ts";

/** Shows a key: a value as it is, several with what decides between them. */
export async function gossipGet(invocation: Invocation): Promise<ExitCode> {
  const key = invocation.arguments[0]!;
  const { client, done } = await useGossip(invocation);
  const entry = await client.read(key, gossipReads(invocation));
  await done();
  const isSplit = entry.value.type === "siblings";
  if (invocation.output === "json") {
    await invocation.print(formatJson(gossipEntryAsJson(entry)));
    if (entry.value.type === "absent") return EXIT.NOT_FOUND;
  } else {
    if (entry.value.type === "absent") throw new KeyNotFound(key);
    await printEntry(invocation, entry);
  }
  return isSplit ? EXIT.SIBLINGS : EXIT.OK;
}

async function printEntry(invocation: Invocation, entry: GossipEntry): Promise<void> {
  const { value } = entry;
  const isTable = invocation.output === "table" || value.type === "siblings" ||
    value.type === "set";
  if (isTable) await invocation.print(gossipEntriesAsTable([entry]));
  else if (value.type === "counter") await invocation.print(`${value.total}\n`);
  else if (value.type === "value") {
    await invocation.print(value.value);
    if (invocation.io.stdoutIsTerminal && value.value.at(-1) !== 10) await invocation.print("\n");
  }
  if (value.type !== "siblings") return;
  await invocation.io.stderr.write(
    `Nobody has decided between these ${value.values.length} values. To decide:\n` +
      `  kv put KEY VALUE --context ${entry.context}\n`,
  );
}

/** Does a write, and says who has it; and, of a key that has values, how many stand side by side. */
export async function gossipWrite(
  invocation: Invocation,
  write: (client: GossipClient, options: GossipWriteOptions) => Promise<GossipWritten>,
  isOfValues = false,
): Promise<ExitCode> {
  const options = gossipWrites(invocation);
  const { client, done } = await useGossip(invocation);
  const written = await write(client, options);
  await done();
  await invocation.answer(written, describe(written, isOfValues));
  return written.needed === null ? EXIT.OK : EXIT.LEVEL_NOT_REACHED;
}

/** What counts as siblings of a counter or a set are its shares and its elements. */
function describe(
  { acknowledged, needed, siblings, repeated }: GossipWritten,
  isOfValues: boolean,
): string {
  const nodes = acknowledged.length === 1 ? "node" : "nodes";
  const where = `${nodes} ${acknowledged.join(", ")}`;
  const more = isOfValues && siblings > 1 ? `; ${siblings} values stand side by side` : "";
  const again = repeated ? " by an earlier attempt" : "";
  if (needed === null) return `stored${again} at ${where}${more}`;
  return `stored${again} at ${where}, where ${needed} were wanted, and spreading${more}`;
}

const KEY = { name: "KEY", help: "UTF-8 text of 1 byte to 1 KiB" };
const ELEMENT = { name: "ELEMENT", help: "the element" };
const SETS_ONLY = "Only with the protocol gossip, for keys whose strategy is set.";

/** `kv sadd`. */
export const SADD: Verb = {
  name: "sadd",
  summary: "add an element to a set of a gossip cluster",
  arguments: [KEY, ELEMENT],
  flags: [...GOSSIP_WRITE_FLAGS, ...REPEAT_FLAGS],
  details: SETS_ONLY,
  examples: [["kv sadd tags/post-1 red", "the set then has it, whatever others do meanwhile"]],
  run: (invocation) =>
    onSet(invocation, (client, [key, element], options) => client.add(key!, element!, options)),
};

/** `kv srem`. */
export const SREM: Verb = {
  name: "srem",
  summary: "remove an element from a set of a gossip cluster",
  arguments: [KEY, ELEMENT],
  flags: [...GOSSIP_WRITE_FLAGS, ...REPEAT_FLAGS],
  details: `An addition that the node does not know of stays.\n${SETS_ONLY}`,
  run: (invocation) =>
    onSet(invocation, (client, [key, element], options) => client.remove(key!, element!, options)),
};

/** `kv smembers`. */
export const SMEMBERS: Verb = {
  name: "smembers",
  summary: "list the elements of a set of a gossip cluster",
  arguments: [KEY],
  flags: [...GOSSIP_READ_FLAGS],
  details: `One a line; a set that is absent has none.\n${SETS_ONLY}`,
  async run(invocation) {
    await requireGossip(invocation);
    const [key] = invocation.arguments;
    const { client, done } = await useGossip(invocation);
    const elements = await client.members(key!, gossipReads(invocation));
    await done();
    if (invocation.output === "json") {
      await invocation.print(formatJson({ key, elements: elements.map(bytesAsJson) }));
      return EXIT.OK;
    }
    for (const element of elements) {
      await invocation.print(element);
      await invocation.print("\n");
    }
    return EXIT.OK;
  },
};

async function onSet(
  invocation: Invocation,
  write: (
    client: GossipClient,
    words: readonly string[],
    options: GossipWriteOptions,
  ) => Promise<GossipWritten>,
): Promise<ExitCode> {
  await requireGossip(invocation);
  return await gossipWrite(
    invocation,
    (client, options) => write(client, invocation.arguments, options),
  );
}

/** @throws {UsageError} if the cluster is none of the protocol `gossip`. */
export async function requireGossip(invocation: Invocation): Promise<void> {
  if (await isGossip(invocation)) return;
  const protocol = await invocation.protocol();
  if (protocol === undefined) return; // Nobody answers: the verb says so itself.
  throw new UsageError(
    `kv ${invocation.path} needs a cluster of the protocol gossip; this one is ${protocol}`,
    invocation.path,
  );
}
