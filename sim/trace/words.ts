/**
 * Messages in words: a name as the papers write it, `PREPAREOK`, and the fields that matter, by the
 * papers' letters. It knows no protocol: names and fields are taken from the messages themselves.
 *
 * @module
 */
import { coordinatorOf, type Timestamp } from "../../protocols/hermes/timestamp.ts";
import { decodeCommand, type KvCommand } from "../../protocols/kv/commands.ts";
import { decodeRequest } from "../../protocols/request.ts";
import { type Entry, requestsOf } from "../../protocols/entry.ts";

/** The papers' letters for what has one. */
const LETTERS: Readonly<Record<string, string>> = {
  view: "v",
  opNumber: "n",
  commitNumber: "k",
  lastNormalView: "v'",
  nonce: "x",
  vector: "cv",
  epoch: "e",
  committed: "k",
  received: "r",
};

/** Fields that say nothing to a reader: the sender, and what vouches for what is shown anyway. */
const UNSAID: readonly string[] = [
  "type",
  "replica",
  "node",
  "link",
  "life",
  "head",
  "births",
  "replyTo",
  "forward",
];

/** Above it a number is a name drawn at random, and its last digits are enough to tell it by. */
const DRAWN = 1e9;
/** Requests of an entry that are named one by one. */
const REQUESTS_MAX = 3;
const decoder = new TextDecoder();

/** The name of a type of message: `prepareOk` is PREPAREOK. */
export function nameOf(type: string): string {
  return type.toUpperCase();
}

/** A message: its name and its fields. One inside another is what it is about. */
export function wordsOf(message: object): string {
  const { type, message: inner } = message as { readonly type: string; readonly message?: unknown };
  const fields = Object.entries(message)
    .filter(([field]) => !UNSAID.includes(field))
    // In which epoch something is said comes before what is said.
    .sort(([one], [other]) => Number(other === "epoch") - Number(one === "epoch"))
    .map(([field, value]) => fieldWords(field, value))
    .filter((words) => words !== "");
  const name = typeof inner === "object" && inner !== null ? wordsOf(inner) : nameOf(type);
  return [name, ...fields].join(" ");
}

function fieldWords(field: string, value: unknown): string {
  if (isEntry(value)) return entryWords(value);
  if (field === "owed") return owedWords(value as readonly Owed[]);
  if (Array.isArray(value) && value.every(isEntry)) return rangeWords(value);
  if (Array.isArray(value) && value.every(isVersion)) return value.map(versionWords).join(", ");
  const words = valueWords(value);
  return words === "" ? "" : `${LETTERS[field] ?? field}=${words}`;
}

function valueWords(value: unknown): string {
  if (typeof value === "number") return value > DRAWN ? `..${value % 10_000}` : String(value);
  if (typeof value === "string") return value;
  if (typeof value === "boolean") return value ? "yes" : "no";
  if (value === null) return "none";
  if (value instanceof Uint8Array) return `${value.length} bytes`;
  if (isVersion(value)) return versionWords(value);
  if (Array.isArray(value)) return `[${value.map(valueWords).join(" ")}]`;
  return "";
}

/** An object, and the timestamp that it has or is to have. */
interface Version {
  readonly object: string;
  readonly ts: Timestamp;
}

function isVersion(value: unknown): value is Version {
  return typeof value === "object" && value !== null && "object" in value && "ts" in value;
}

/** An update of an object: `color@2.0`; `color@2.0+1.1` after a read-modify-write of it, by node 1. */
function versionWords({ object, ts }: Version): string {
  const { version, cid, step, stepCid } = ts;
  const steps = step === 0 ? "" : `+${step}.${coordinatorOf(stepCid)}`;
  return `${object}@${version}.${coordinatorOf(cid)}${steps}`;
}

/** A client that is owed an answer. */
interface Owed {
  readonly replyTo: { readonly name: string };
}

function owedWords(owed: readonly Owed[]): string {
  return owed.length === 0 ? "" : `for ${owed.map(({ replyTo }) => replyTo.name).join(", ")}`;
}

function isEntry(value: unknown): value is Entry {
  return typeof value === "object" && value !== null && "opNumber" in value && "parent" in value;
}

/** An entry: `n=3 [put a=1, get b]`. */
function entryWords(entry: Entry): string {
  const requests = requestsOf(entry);
  const shown = requests.length > REQUESTS_MAX
    ? `${requests.length} requests`
    : requests.map(requestWords).join(", ");
  return `n=${entry.opNumber} [${shown}]`;
}

function rangeWords(entries: readonly Entry[]): string {
  const first = entries[0]?.opNumber;
  const last = entries.at(-1)?.opNumber;
  if (first === undefined) return "no entries";
  return first === last ? `entry ${first}` : `entries ${first}..${last}`;
}

/** A client's request, as far as it can be read. */
export function requestWords(bytes: Uint8Array): string {
  const request = decodeRequest(bytes);
  if (request === undefined) return "no request";
  if (request.type === "open-session") return "open session";
  return `${commandWords(request.command)} #${request.requestNumber}`;
}

/** A command of the key-value store; of another state machine, it is shown as text if it is one. */
function commandWords(bytes: Uint8Array): string {
  const command = decodeCommand(bytes);
  return command.type === "malformed" ? textWords(bytes) : kvWords(command);
}

function kvWords(command: KvCommand): string {
  switch (command.type) {
    case "put":
      return `${command.condition === undefined ? "put" : "cas"} ${command.key}=${
        short(decoder.decode(command.value))
      }`;
    case "delete":
      return `delete ${command.key}`;
    case "increment":
      return `increment ${command.key}`;
    case "batch":
      return `batch (${command.commands.map(kvWords).join("; ")})`;
  }
}

/** Bytes that may be a text: nobody says so. */
export function textWords(bytes: Uint8Array): string {
  const isText = bytes.length > 0 && bytes.every((byte) => byte >= 0x20 && byte < 0x7f);
  return isText ? short(decoder.decode(bytes), 48) : `${bytes.length} bytes`;
}

/** The beginning of a text that may be long. */
export function short(text: string, lengthMax = 12): string {
  return text.length > lengthMax ? `${text.slice(0, lengthMax - 1)}…` : text;
}
