/** The verbs that read and write keys. */

import type { Written } from "../client.ts";
import { formatJson } from "../output.ts";
import { entriesAsTable, entryAsJson } from "./entries.ts";
import { EXIT, type ExitCode, UsageError } from "./exit.ts";
import { CONTEXT_FLAGS, GOSSIP_READ_FLAGS, GOSSIP_WRITE_FLAGS, isGossip } from "./gossip_flags.ts";
import { gossipGet, gossipWrite } from "./gossip_verbs.ts";
import { readExpected, readValue } from "./inputs.ts";
import type { Invocation } from "./invocation.ts";
import { REPEAT_FLAGS, type Verb } from "./table.ts";
import { parseBigInt } from "./values.ts";

const KEY = { name: "KEY", help: "UTF-8 text of 1 byte to 1 KiB" };
const VALUE = {
  name: "VALUE",
  help: 'the value, "-" to read it from stdin, or leave it out and give --file',
  optional: true,
};
const FILE_FLAG = { name: "file", value: "PATH", help: "read the value from a file" };

/** `kv get`. */
export const GET: Verb = {
  name: "get",
  summary: "read the value of a key",
  arguments: [KEY],
  flags: [...GOSSIP_READ_FLAGS],
  details: "Writes the value to stdout as it is, followed by a newline only on a terminal.\n" +
    "With --json: key, value, encoding (utf8 or base64) and revisions; with gossip the context,\n" +
    "and all values if nobody has decided between several. --guarantees is a list of\n" +
    "read-your-writes, monotonic-reads, monotonic-writes and writes-follow-reads.",
  examples: [["kv get greeting > value.bin", "the bytes, untouched"]],
  async run(invocation) {
    if (await isGossip(invocation)) return await gossipGet(invocation);
    const key = invocation.arguments[0]!;
    const entry = await (await invocation.client()).get(key, invocation.calls);
    if (invocation.output === "json") {
      await invocation.print(formatJson(entryAsJson(entry)));
    } else if (invocation.output === "table") {
      await invocation.print(entriesAsTable([entry]));
    } else {
      await invocation.print(entry.value);
      if (invocation.io.stdoutIsTerminal && entry.value.at(-1) !== 10) await invocation.print("\n");
    }
    return EXIT.OK;
  },
};

/** `kv put`. */
export const PUT: Verb = {
  name: "put",
  summary: "store a value",
  arguments: [KEY, VALUE],
  flags: [FILE_FLAG, ...CONTEXT_FLAGS, ...REPEAT_FLAGS],
  examples: [
    ["kv put greeting 'hello world'", "store text"],
    ["kv put picture --file cat.png", "store a file"],
    ["date | kv put now -", "store what another command says"],
  ],
  async run(invocation) {
    const key = invocation.arguments[0]!;
    const options = invocation.writes;
    const value = await readValue(invocation);
    if (await isGossip(invocation)) {
      return await gossipWrite(invocation, (client, how) => client.put(key, value, how), true);
    }
    const client = await invocation.client();
    return await answerWritten(invocation, await client.put(key, value, options));
  },
};

/** `kv cas`. */
export const CAS: Verb = {
  name: "cas",
  summary: "store a value only if the key is as expected",
  arguments: [KEY, VALUE],
  flags: [
    { name: "expect", value: "VALUE", help: "only if this is the current value" },
    { name: "revision", value: "N", help: "only if the key was last modified at this revision" },
    { name: "absent", help: "only if the key does not exist" },
    FILE_FLAG,
    ...REPEAT_FLAGS,
  ],
  details:
    "One of --expect, --revision and --absent says what is expected. If it is not the case,\n" +
    `nothing is changed and the exit code is ${EXIT.PRECONDITION_FAILED}.`,
  examples: [
    ["kv cas leader node1 --absent", "take it if nobody has it"],
    ["kv cas leader node2 --expect node1", "take it from node1"],
  ],
  async run(invocation) {
    const key = invocation.arguments[0]!;
    const expected = readExpected(invocation);
    const options = invocation.writes;
    const value = await readValue(invocation);
    if (await isGossip(invocation)) {
      throw new UsageError(
        "A gossip cluster cannot compare and set: read, and put with --context",
        invocation.path,
      );
    }
    const client = await invocation.client();
    return await answerWritten(invocation, await client.cas(key, expected, value, options));
  },
};

/** `kv del`. */
export const DEL: Verb = {
  name: "del",
  summary: "delete a key",
  arguments: [KEY],
  flags: [...CONTEXT_FLAGS, ...REPEAT_FLAGS],
  details: "Deleting a key that does not exist is no error.",
  async run(invocation) {
    const key = invocation.arguments[0]!;
    const options = invocation.writes;
    if (await isGossip(invocation)) {
      return await gossipWrite(invocation, (client, how) => client.delete(key, how), true);
    }
    const { deleted, revision } = await (await invocation.client()).delete(key, options);
    const text = deleted ? `deleted at revision ${revision}` : "nothing to delete";
    await invocation.answer({ key, deleted, revision }, text);
    return EXIT.OK;
  },
};

/** `kv incr`. */
export const INCR: Verb = {
  name: "incr",
  summary: "add to the number that a key holds",
  arguments: [KEY, { name: "N", help: "may be negative (default: 1)", optional: true }],
  flags: [...GOSSIP_WRITE_FLAGS, ...REPEAT_FLAGS],
  details:
    "A key that does not exist counts as 0. Prints the new number, except with gossip: there\n" +
    "nobody knows it.",
  examples: [["kv incr visits", "count one more"], ["kv incr stock -5", "take five away"]],
  async run(invocation) {
    const [key, by = "1"] = invocation.arguments;
    const amount = parseBigInt(by, "N", invocation.path);
    const options = invocation.writes;
    if (await isGossip(invocation)) {
      return await gossipWrite(invocation, (client, how) => client.increment(key!, amount, how));
    }
    const { value, revision } = await (await invocation.client()).increment(key!, amount, options);
    await invocation.answer({ key, value, revision }, String(value));
    return EXIT.OK;
  },
};

async function answerWritten(invocation: Invocation, written: Written): Promise<ExitCode> {
  const { created, modRevision, version } = written;
  const what = created ? "created" : `replaced, version ${version},`;
  await invocation.answer(written, `${what} at revision ${modRevision}`);
  return EXIT.OK;
}
