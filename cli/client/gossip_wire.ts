/** Between what the HTTP API of a gossip cluster says and the types of its client. */

import { BadAnswer } from "./errors.ts";
import type { ApiAnswer } from "./exchange.ts";
import type { GossipEntry, GossipValue, GossipWritten } from "./gossip_types.ts";
import { readField, readJson, readList, readValue } from "./wire.ts";

type Json = Readonly<Record<string, unknown>>;

/** A key and what it is, from JSON. */
export function readGossipEntry(answer: ApiAnswer, json: Json): GossipEntry {
  const key = readField(answer, json, "key", "string");
  return { key, value: readGossipValue(answer, json), context: contextOf(json) };
}

/** What a write left, from JSON. */
export function readGossipWritten(answer: ApiAnswer): GossipWritten {
  const json = readJson(answer);
  const { acknowledged } = json;
  if (!Array.isArray(acknowledged) || !acknowledged.every(Number.isInteger)) {
    throw new BadAnswer(answer.endpoint, '"acknowledged" is not a list of nodes');
  }
  return {
    key: readField(answer, json, "key", "string"),
    acknowledged: acknowledged as readonly number[],
    needed: "needed" in json ? readField(answer, json, "needed", "number") : null,
    siblings: readField(answer, json, "siblings", "number"),
    repeated: readField(answer, json, "repeated", "boolean"),
    context: contextOf(json),
  };
}

function readGossipValue(answer: ApiAnswer, json: Json): GossipValue {
  const valuesOf = (name: string) =>
    readList(answer, json, name).map((item) => readValue(answer, item));
  if ("siblings" in json) return { type: "siblings", values: valuesOf("siblings") };
  if ("elements" in json) return { type: "set", elements: valuesOf("elements") };
  if ("value" in json) return { type: "value", value: readValue(answer, json) };
  if (!("counter" in json)) return { type: "absent" };
  const text = readField(answer, json, "counter", "string");
  if (!/^-?\d+$/.test(text)) throw new BadAnswer(answer.endpoint, `"${text}" is not a number`);
  return { type: "counter", total: BigInt(text) };
}

function contextOf({ context }: Json): string | null {
  return typeof context === "string" ? context : null;
}
