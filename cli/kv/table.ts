import type { ExitCode } from "./exit.ts";
import type { Invocation } from "./invocation.ts";

/** A flag of the command line. */
export interface Flag {
  /** Without the dashes. */
  readonly name: string;
  /** The letter of the short form. */
  readonly short?: string;
  /** What to call its value; without it the flag is a switch. */
  readonly value?: string;
  /** One line, without a period. */
  readonly help: string;
  /** All values that there are. */
  readonly choices?: readonly string[];
}

/** A positional argument. */
export interface Argument {
  readonly name: string;
  readonly help: string;
  readonly optional?: boolean;
  /** Takes all that follow. Only for the last one. */
  readonly many?: boolean;
  /** What completion offers. */
  readonly choices?: readonly string[];
}

/**
 * A verb: what it is called, what it takes and what it does. Help, completion and the parser all
 * read this one table, so none of them can know less than the others.
 */
export interface Verb {
  readonly name: string;
  /** One line, without a period. */
  readonly summary: string;
  readonly arguments: readonly Argument[];
  readonly flags: readonly Flag[];
  /** Paragraphs for `kv help <verb>`. */
  readonly details?: string;
  /** Command lines and what they do. */
  readonly examples?: readonly (readonly [string, string])[];
  /** Verbs of its own, in whose place the first argument stands. */
  readonly verbs?: readonly Verb[];
  /** Missing where there are verbs of its own. */
  readonly run?: (invocation: Invocation) => Promise<ExitCode>;
}

/** Where the list of nodes comes from when no flag says it. */
export const ENDPOINTS_VARIABLE = "TROUPE_ENDPOINTS";

/** Flags that every verb takes. */
export const GLOBAL_FLAGS: readonly Flag[] = [
  {
    name: "endpoints",
    value: "LIST",
    help: "nodes to talk to, e.g. http://db1:7100,7101,7102",
  },
  { name: "node", value: "N", help: "talk to the node with this index only" },
  { name: "timeout", value: "DURATION", help: "how long to try, e.g. 500ms or 10s (default: 5s)" },
  {
    name: "consistency",
    value: "LEVEL",
    help: "of reads: linearizable (default), stale from any node, or bounded",
    choices: ["linearizable", "stale", "bounded"],
  },
  {
    name: "max-age-ms",
    value: "N",
    help: "with bounded: for how long an answer may have been out of date",
  },
  {
    name: "max-versions",
    value: "N",
    help: "with bounded: by how many updates an answer may be out of date",
  },
  {
    name: "output",
    short: "o",
    value: "FORMAT",
    help: "table, or json with one document on stdout and errors as JSON on stderr",
    choices: ["table", "json"],
  },
  { name: "json", help: "the same as --output json" },
  { name: "help", short: "h", help: "show help and do nothing" },
];

/** Flags of verbs that write: they repeat a request whose outcome is unknown. */
export const REPEAT_FLAGS: readonly Flag[] = [
  {
    name: "client-id",
    value: "ID",
    help: "repeat a request whose outcome is unknown, with the ids that were printed",
  },
  { name: "request-number", value: "N", help: "goes with --client-id" },
];

/** How a flag is written: `-o, --output FORMAT`. */
export function formatFlag({ name, short, value }: Flag): string {
  const long = value === undefined ? `--${name}` : `--${name} ${value}`;
  return short === undefined ? `    ${long}` : `-${short}, ${long}`;
}

/** How arguments are written: `KEY [VALUE]`. */
export function formatArguments(list: readonly Argument[]): string {
  return list.map(({ name, optional, many }) => {
    const text = many ? `${name}...` : name;
    return optional ? `[${text}]` : text;
  }).join(" ");
}
