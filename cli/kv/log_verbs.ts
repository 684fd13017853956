/** The verbs of the replicated log. */

import { LogClient, type LogRange } from "../client/log_client.ts";
import { decodeText, formatJson, plain } from "../output.ts";
import { EXIT } from "./exit.ts";
import { readValue } from "./inputs.ts";
import type { Invocation } from "./invocation.ts";
import { REPEAT_FLAGS, type Verb } from "./table.ts";
import { parseInteger } from "./values.ts";

/** Records shown unless `--limit` says otherwise. */
const LIMIT = 1_000;
const RECORD = {
  name: "RECORD",
  help: 'the record, "-" to read it from stdin, or leave it out and give --file',
  optional: true,
};

const APPEND: Verb = {
  name: "append",
  summary: "add a record at the end",
  arguments: [RECORD],
  flags: [{ name: "file", value: "PATH", help: "read the record from a file" }, ...REPEAT_FLAGS],
  examples: [["kv log append 'hello world'", "prints the offset that it got"]],
  async run(invocation) {
    const options = invocation.writes;
    const record = await readValue(invocation, "RECORD", 0);
    const offset = await (await clientOf(invocation)).append(record, options);
    await invocation.answer({ offset }, String(offset));
    return EXIT.OK;
  },
};

const READ: Verb = {
  name: "read",
  summary: "print records from an offset on",
  arguments: [{ name: "FROM", help: "the offset of the first (default: 0)", optional: true }],
  flags: [{ name: "limit", value: "N", help: `show at most so many (default: ${LIMIT})` }],
  details: "One line a record: its offset and its text, base64 if it is none. With --json: one\n" +
    "JSON document a line.",
  async run(invocation) {
    const { path } = invocation;
    const [text = "0"] = invocation.arguments;
    const from = parseInteger(text, "FROM", 0, path);
    const limit = invocation.integer("limit", 1) ?? LIMIT;
    const client = await clientOf(invocation);
    for await (const { offset, value } of client.read({ ...invocation.calls, from, limit })) {
      const text = decodeText(value);
      const json = text === null
        ? { offset, value: value.toBase64(), encoding: "base64" }
        : { offset, value: text, encoding: "utf8" };
      const line = `${offset}  ${text === null ? json.value : plain(text)}\n`;
      await invocation.print(invocation.output === "json" ? formatJson(json) : line);
    }
    return EXIT.OK;
  },
};

const LATEST: Verb = {
  name: "latest",
  summary: "print the offset of the newest record",
  arguments: [],
  flags: [],
  details: "With --json also the offset of the oldest record, and that of the next one.",
  async run(invocation) {
    const { first, next } = await (await clientOf(invocation)).range(invocation.calls);
    const latest = next > first ? next - 1 : null;
    const text = latest === null ? `(empty; the next record gets ${next})` : String(latest);
    await invocation.answer({ latest, first, next }, text);
    return EXIT.OK;
  },
};

const TRIM: Verb = {
  name: "trim",
  summary: "drop the records before an offset",
  arguments: [{ name: "BEFORE", help: "the offset that the log is to begin with" }],
  flags: [...REPEAT_FLAGS],
  details: "They are gone for good, and the room that they took is free again.",
  async run(invocation) {
    const before = parseInteger(invocation.arguments[0]!, "BEFORE", 0, invocation.path);
    const range = await (await clientOf(invocation)).trim(before, invocation.writes);
    await invocation.answer(range, describe(range));
    return EXIT.OK;
  },
};

/** `kv log`. */
export const LOG: Verb = {
  name: "log",
  summary: "append to a replicated log, and read it",
  arguments: [{ name: "VERB", help: "one of the verbs below" }],
  flags: [],
  details: "For clusters that were started with --state-machine log.",
  verbs: [APPEND, READ, LATEST, TRIM],
};

async function clientOf(invocation: Invocation): Promise<LogClient> {
  return new LogClient(await invocation.clientOptions());
}

function describe({ first, next }: LogRange): string {
  return first === next ? `empty; the next record gets ${next}` : `${first} to ${next - 1}`;
}
