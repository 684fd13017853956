/** What the REPL understands, and what it answers. */

import { type CallOptions, type Entry, type KvClient, PreconditionFailed } from "../client.ts";
import { quote, quoteBytes } from "../output.ts";
import { entriesAsTable } from "./entries.ts";
import { UsageError } from "./exit.ts";
import { statusAsLine, statusAsTable } from "./status_view.ts";
import { suggestion } from "./suggest.ts";
import { parseBigInt, parseInteger } from "./values.ts";

/** What a command works with. */
export interface Session {
  readonly client: KvClient;
  readonly calls: CallOptions;
  /** One line an answer, for programs; tables for people otherwise. */
  readonly oneLine: boolean;
}

/** A command of the REPL. */
export interface Command {
  readonly name: string;
  /** Its words after the name; those in brackets may be left out. */
  readonly usage: string;
  readonly summary: string;
  run(words: readonly string[], session: Session): Promise<string>;
}

/** The answer about a key that does not exist. */
const NOT_FOUND = "(not found)";

/** Keys that `SCAN` shows unless told otherwise. */
const SCAN_LIMIT = 100;

/** Every command, in the order of help; `EXIT` ends the REPL and is no command. */
export const COMMANDS: readonly Command[] = [
  {
    name: "GET",
    usage: "KEY",
    summary: "read a key",
    async run([key = ""], { client, calls }) {
      const entry = await client.find(key, calls);
      return entry === null ? NOT_FOUND : quoteBytes(entry.value);
    },
  },
  {
    name: "SET",
    usage: "KEY VALUE",
    summary: "store a value; quote one with spaces",
    async run([key = "", value = ""], { client, calls }) {
      return done((await client.put(key, value, calls)).modRevision);
    },
  },
  {
    name: "DEL",
    usage: "KEY",
    summary: "delete a key",
    async run([key = ""], { client, calls }) {
      const { deleted, revision } = await client.delete(key, calls);
      return deleted ? done(revision) : NOT_FOUND;
    },
  },
  {
    name: "CAS",
    usage: "KEY EXPECTED VALUE",
    summary: "store a value if the current one is as expected",
    async run([key = "", expected = "", value = ""], { client, calls }) {
      try {
        return done((await client.cas(key, { value: expected }, value, calls)).modRevision);
      } catch (error) {
        if (!(error instanceof PreconditionFailed)) throw error;
        return error.revision === null
          ? NOT_FOUND
          : `(not as expected, revision ${error.revision})`;
      }
    },
  },
  {
    name: "INCR",
    usage: "KEY [N]",
    summary: "add N, or 1, to a number",
    async run([key = "", by = "1"], { client, calls }) {
      const { value } = await client.increment(key, parseBigInt(by, "N", ""), calls);
      return String(value);
    },
  },
  {
    name: "SIZE",
    usage: "[PREFIX]",
    summary: "count the keys",
    async run([prefix], { client, calls }) {
      return String(await client.size(prefix === undefined ? calls : { ...calls, prefix }));
    },
  },
  {
    name: "SCAN",
    usage: "[PREFIX] [LIMIT]",
    summary: `list keys and values, ${SCAN_LIMIT} at most unless told otherwise`,
    run: scan,
  },
  {
    name: "STATUS",
    usage: "",
    summary: "show the state of every node",
    async run(_, { client, calls, oneLine }) {
      const reports = await client.status(calls);
      return oneLine ? statusAsLine(reports) : statusAsTable(reports).trimEnd();
    },
  },
  {
    name: "HELP",
    usage: "",
    summary: "list the commands",
    run: (_, { oneLine }) => Promise.resolve(help(oneLine)),
  },
];

/** Words that end the REPL. */
export const LAST_WORDS: readonly string[] = ["EXIT", "QUIT"];

/**
 * Runs one command.
 *
 * @throws {UsageError} if there is no such command or its words do not fit.
 */
export function runCommand(words: readonly string[], session: Session): Promise<string> {
  const [name = "", ...rest] = words;
  const command = COMMANDS.find((candidate) => candidate.name === name.toUpperCase());
  if (command === undefined) {
    const names = COMMANDS.map((candidate) => candidate.name.toLowerCase());
    const near = suggestion(name, names).toUpperCase().replace("DID YOU MEAN", "did you mean");
    throw new UsageError(`Unknown command ${quote(name)}${near || "; HELP lists them"}`);
  }
  const places = command.usage === "" ? [] : command.usage.split(" ");
  const required = places.filter((place) => !place.startsWith("[")).length;
  if (rest.length < required || rest.length > places.length) {
    const hint = rest.length > places.length && places.includes("VALUE")
      ? " (quote a value with spaces)"
      : "";
    throw new UsageError(`Usage: ${command.name} ${command.usage}`.trimEnd() + hint);
  }
  return command.run(rest, session);
}

async function scan(words: readonly string[], session: Session): Promise<string> {
  const [prefix, limitText] = words;
  const limit = limitText === undefined ? SCAN_LIMIT : parseInteger(limitText, "LIMIT", 1, "");
  const found: Entry[] = [];
  const range = prefix === undefined ? {} : { prefix };
  const options = { ...session.calls, ...range, limit: limit + 1 };
  for await (const entry of session.client.scan(options)) found.push(entry);
  if (found.length === 0) return "(empty)";
  const shown = found.slice(0, limit);
  const more = found.length > limit;
  if (!session.oneLine) return `${entriesAsTable(shown).trimEnd()}${more ? "\n..." : ""}`;
  const items = shown.map(({ key, value }) => `${quote(key)}=${quoteBytes(value)}`);
  return [...items, ...(more ? ["..."] : [])].join(" ");
}

function done(revision: number): string {
  return `OK (revision ${revision})`;
}

/** What `HELP` answers. */
export function help(oneLine: boolean): string {
  const usages = COMMANDS.map(({ name, usage }) => `${name} ${usage}`.trimEnd());
  if (oneLine) return [...usages, ...LAST_WORDS].join(", ");
  const width = Math.max(...usages.map((usage) => usage.length));
  const lines = COMMANDS.map(({ summary }, i) => `${usages[i]!.padEnd(width)}  ${summary}`);
  return [...lines, `${"EXIT".padEnd(width)}  end; so does Ctrl-D`].join("\n");
}
