/** The verbs of a store that works alone, and is merged later. */

import type { OfflineLog } from "../offline/log.ts";
import { EXIT, type ExitCode } from "./exit.ts";
import { readValue } from "./inputs.ts";
import type { Invocation } from "./invocation.ts";
import {
  LOG_FLAG,
  printOperations,
  printView,
  statusAsText,
  statusOf,
  withLog,
} from "./offline_log.ts";
import { FETCH, MERGE } from "./offline_merge_verbs.ts";
import type { Verb } from "./table.ts";
import { parseBigInt } from "./values.ts";

const KEY = { name: "KEY", help: "UTF-8 text of 1 byte to 1 KiB" };
const VALUE = {
  name: "VALUE",
  help: 'the value, "-" to read it from stdin, or leave it out and give --file',
  optional: true,
};
const ELEMENT = { ...VALUE, name: "ELEMENT", help: VALUE.help.replace("value", "element") };
const FILE_FLAG = { name: "file", value: "PATH", help: "read the value from a file" };
const textEncoder = new TextEncoder();

const GET: Verb = {
  name: "get",
  summary: "read a key as it is here",
  arguments: [KEY],
  flags: [LOG_FLAG],
  details: "With what was done here and not merged yet. Elements of a set are printed a line each.",
  run: (invocation) =>
    withLog(invocation, async (log) => {
      const key = invocation.arguments[0]!;
      await printView(invocation, key, log.get(key));
      return EXIT.OK;
    }),
};

const PUT: Verb = {
  name: "put",
  summary: "store a value here",
  arguments: [KEY, VALUE],
  flags: [LOG_FLAG, FILE_FLAG],
  async run(invocation) {
    const value = bytesOf(await readValue(invocation));
    return await operate(invocation, (log, key) => log.put(key, value));
  },
};

const DEL: Verb = {
  name: "del",
  summary: "delete a key here",
  arguments: [KEY],
  flags: [LOG_FLAG],
  run: (invocation) => operate(invocation, (log, key) => log.delete(key)),
};

const INCR: Verb = {
  name: "incr",
  summary: "add to the number that a key holds here",
  arguments: [KEY, { name: "N", help: "may be negative (default: 1)", optional: true }],
  flags: [LOG_FLAG],
  details: "It is merged as an addition, so that what others add meanwhile counts, too.",
  run(invocation) {
    const by = parseBigInt(invocation.arguments[1] ?? "1", "N", invocation.path);
    return operate(invocation, (log, key) => log.increment(key, by));
  },
};

const SADD: Verb = {
  name: "sadd",
  summary: "add an element to a set here",
  arguments: [KEY, ELEMENT],
  flags: [LOG_FLAG, FILE_FLAG],
  details: "Only gossip clusters have sets.",
  async run(invocation) {
    const element = bytesOf(await readValue(invocation, "ELEMENT"));
    return await operate(invocation, (log, key) => log.add(key, element));
  },
};

const SREM: Verb = {
  name: "srem",
  summary: "remove an element from a set here",
  arguments: [KEY, ELEMENT],
  flags: [LOG_FLAG, FILE_FLAG],
  details: "Only gossip clusters have sets.",
  async run(invocation) {
    const element = bytesOf(await readValue(invocation, "ELEMENT"));
    return await operate(invocation, (log, key) => log.remove(key, element));
  },
};

const LIST: Verb = {
  name: "log",
  summary: "list the operations that wait to be merged",
  arguments: [],
  flags: [LOG_FLAG],
  details: "With --json: one JSON document a line.",
  run: (invocation) =>
    withLog(invocation, async (log) => {
      await printOperations(invocation, log);
      return EXIT.OK;
    }),
};

const STATUS: Verb = {
  name: "status",
  summary: "show what waits, and what the last merge has done",
  arguments: [],
  flags: [LOG_FLAG],
  run: (invocation) =>
    withLog(invocation, async (log) => {
      await invocation.answer(statusOf(log), statusAsText(log));
      return EXIT.OK;
    }),
};

/** `kv offline`. */
export const OFFLINE: Verb = {
  name: "offline",
  summary: "work alone without a cluster, and merge into one later",
  arguments: [{ name: "VERB", help: "one of the verbs below" }],
  flags: [],
  details:
    "A store of its own on this machine's disk, for one process at a time. docs/offline.md says what\n" +
    "is guaranteed.",
  verbs: [GET, PUT, DEL, INCR, SADD, SREM, FETCH, LIST, STATUS, MERGE],
};

async function operate(
  invocation: Invocation,
  run: (log: OfflineLog, key: string) => Promise<number>,
): Promise<ExitCode> {
  const key = invocation.arguments[0]!;
  const number = await withLog(invocation, (log) => run(log, key));
  await invocation.answer({ key, operation: number }, `operation ${number}`);
  return EXIT.OK;
}

function bytesOf(value: string | Uint8Array): Uint8Array {
  return typeof value === "string" ? textEncoder.encode(value) : value;
}
