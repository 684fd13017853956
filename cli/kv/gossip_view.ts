/** Keys of a gossip cluster, shown. */

import type { GossipEntry, GossipValue } from "../client/gossip_types.ts";
import { decodeText, formatTable, plain } from "../output.ts";
import { valueCell } from "./entries.ts";

/** Bytes, as the HTTP API puts them. */
export function bytesAsJson(bytes: Uint8Array): Record<string, string> {
  const text = decodeText(bytes);
  return text === null
    ? { value: bytes.toBase64(), encoding: "base64" }
    : { value: text, encoding: "utf8" };
}

/** A key, as the HTTP API puts it. */
export function gossipEntryAsJson({ key, value, context }: GossipEntry): Record<string, unknown> {
  return { key, ...valueAsJson(value), ...(context === null ? {} : { context }) };
}

function valueAsJson(value: GossipValue): Record<string, unknown> {
  switch (value.type) {
    case "absent":
      return { absent: true };
    case "value":
      return bytesAsJson(value.value);
    case "siblings":
      return { siblings: value.values.map(bytesAsJson) };
    case "counter":
      return { counter: String(value.total) };
    case "set":
      return { elements: value.elements.map(bytesAsJson) };
  }
}

/** A row for each value and each element; the key is shown once. */
export function gossipEntriesAsTable(entries: readonly GossipEntry[]): string {
  const rows = entries.flatMap(({ key, value }) => {
    const cells = cellsOf(value);
    return cells.map((cell, index) => [
      index === 0 ? plain(key) : "",
      index === 0 ? kindOf(value) : "",
      cell,
    ]);
  });
  return formatTable([{ title: "KEY" }, { title: "KIND" }, { title: "VALUE" }], rows);
}

/** Keys of a gossip cluster without their values, one a row. */
export function gossipKeysAsTable(keys: readonly GossipEntry[]): string {
  return formatTable([{ title: "KEY" }], keys.map(({ key }) => [plain(key)]));
}

function kindOf(value: GossipValue): string {
  return value.type === "siblings" ? `${value.values.length} siblings` : value.type;
}

function cellsOf(value: GossipValue): string[] {
  switch (value.type) {
    case "absent":
      return ["-"];
    case "value":
      return [valueCell(value.value)];
    case "siblings":
      return value.values.map(valueCell);
    case "counter":
      return [String(value.total)];
    case "set":
      return value.elements.map(valueCell);
  }
}
