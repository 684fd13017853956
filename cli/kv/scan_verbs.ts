/** The verbs that look at many keys. */

import type { ScanOptions } from "../client.ts";
import { formatJson } from "../output.ts";
import { entriesAsTable, entryAsJson, keysAsTable } from "./entries.ts";
import { EXIT, type ExitCode, UsageError } from "./exit.ts";
import { gossipReads, isGossip, SESSION_FLAGS, useGossip } from "./gossip_flags.ts";
import { gossipEntriesAsTable, gossipEntryAsJson, gossipKeysAsTable } from "./gossip_view.ts";
import type { Invocation } from "./invocation.ts";
import type { Verb } from "./table.ts";

const PREFIX = { name: "PREFIX", help: "only keys that begin so", optional: true };

/** Keys shown unless `--limit` says otherwise. */
const LIMIT = 1_000;

/** The most keys fetched at a time. */
const PAGE_SIZE = 1_000;

/** `kv scan`. */
export const SCAN: Verb = {
  name: "scan",
  summary: "list keys and values",
  arguments: [PREFIX],
  flags: [
    { name: "start", value: "KEY", help: "the first key, included" },
    { name: "end", value: "KEY", help: "the last key, excluded" },
    { name: "limit", value: "N", help: `show at most so many (default: ${LIMIT})` },
    { name: "keys-only", help: "leave the values behind" },
    { name: "reverse", help: "from the last key to the first (not with gossip)" },
    ...SESSION_FLAGS,
  ],
  details:
    "In the order of the keys' bytes. A table shows the beginnings of long values; --json\n" +
    "gives a list with all of each.",
  examples: [
    ["kv scan user/", "every key that begins with user/"],
    ["kv scan --start a --end n --keys-only", "the first half of the alphabet"],
  ],
  async run(invocation) {
    const limit = invocation.integer("limit", 1) ?? LIMIT;
    if (await isGossip(invocation)) return await gossipScan(invocation, limit);
    const options = scanOptions(invocation, limit);
    const client = await invocation.client();
    if (invocation.is("keys-only")) {
      const keys = await collect(client.keys(options));
      await show(invocation, keys, limit, keysAsTable, (info) => info);
    } else {
      const entries = await collect(client.scan(options));
      await show(invocation, entries, limit, entriesAsTable, entryAsJson);
    }
    return EXIT.OK;
  },
};

/** `kv size`. */
export const SIZE: Verb = {
  name: "size",
  summary: "count the keys",
  arguments: [PREFIX],
  flags: [...SESSION_FLAGS],
  async run(invocation) {
    const [prefix] = invocation.arguments;
    const options = prefix === undefined ? invocation.calls : { ...invocation.calls, prefix };
    if (await isGossip(invocation)) {
      const { client, done } = await useGossip(invocation);
      const size = await client.size({ ...gossipReads(invocation), ...options });
      await done();
      await invocation.answer({ size }, String(size));
      return EXIT.OK;
    }
    const size = await (await invocation.client()).size(options);
    await invocation.answer({ size }, String(size));
    return EXIT.OK;
  },
};

/** Shows what one replica has. */
async function gossipScan(invocation: Invocation, limit: number): Promise<ExitCode> {
  const { reverse, ...options } = scanOptions(invocation, limit);
  if (reverse) throw new UsageError("Flag --reverse means nothing to gossip", invocation.path);
  const { client, done } = await useGossip(invocation);
  const found = await collect(client.scan({ ...gossipReads(invocation), ...options }));
  await done();
  const isKeysOnly = invocation.is("keys-only");
  const asTable = isKeysOnly ? gossipKeysAsTable : gossipEntriesAsTable;
  await show(
    invocation,
    found,
    limit,
    asTable,
    (entry) => isKeysOnly ? { key: entry.key } : gossipEntryAsJson(entry),
  );
  return EXIT.OK;
}

/** One key more than is shown tells whether there are more. */
function scanOptions(invocation: Invocation, limit: number): ScanOptions {
  const [prefix] = invocation.arguments;
  const start = invocation.text("start");
  const end = invocation.text("end");
  if (prefix !== undefined && (start !== undefined || end !== undefined)) {
    throw new UsageError("PREFIX excludes --start and --end", invocation.path);
  }
  return {
    ...invocation.calls,
    limit: limit + 1,
    pageSize: Math.min(limit + 1, PAGE_SIZE),
    reverse: invocation.is("reverse"),
    ...(prefix === undefined ? {} : { prefix }),
    ...(start === undefined ? {} : { start }),
    ...(end === undefined ? {} : { end }),
  };
}

async function collect<T>(items: AsyncIterable<T>): Promise<T[]> {
  const list: T[] = [];
  for await (const item of items) list.push(item);
  return list;
}

async function show<T>(
  invocation: Invocation,
  found: readonly T[],
  limit: number,
  asTable: (items: readonly T[]) => string,
  asJson: (item: T) => unknown,
): Promise<void> {
  const shown = found.slice(0, limit);
  const json = invocation.output === "json";
  await invocation.print(json ? formatJson(shown.map(asJson)) : asTable(shown));
  if (found.length > limit) {
    await invocation.io.stderr.write(`There are more than these ${limit}: raise --limit\n`);
  }
}
