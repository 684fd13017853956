/**
 * Values as JSON: text if they are, base64 if not.
 *
 * @module
 */
import type { KeyMetadata } from "../../protocols/kv/commands.ts";

/** One key in JSON. */
export interface JsonItem extends KeyMetadata {
  readonly key: string;
  /** Absent if only keys were asked for. */
  readonly value?: string;
  readonly encoding?: Encoding;
}

/** How a value is written in JSON. */
export type Encoding = "utf8" | "base64";

/** What `?encoding=` takes: `utf8` is what a value that is text is written in anyway. */
export const ENCODINGS = ["base64"] as const;

// A byte order mark is part of the value, not a hint to its reader.
const textDecoder = new TextDecoder("utf-8", { fatal: true, ignoreBOM: true });

/** A key, its metadata and its value, if there is one, for JSON. */
export function jsonItem(
  key: string,
  value: Uint8Array | undefined,
  { createRevision, modRevision, version }: KeyMetadata,
  encoding: Encoding | undefined,
): JsonItem {
  const metadata = { createRevision, modRevision, version };
  if (value === undefined) return { key, ...metadata };
  return { key, ...jsonValue(value, encoding), ...metadata };
}

/** A value for JSON. */
export function jsonValue(
  value: Uint8Array,
  encoding: Encoding | undefined,
): { readonly value: string; readonly encoding: Encoding } {
  const text = encoding === "base64" ? undefined : decodeText(value);
  return text === undefined
    ? { value: value.toBase64(), encoding: "base64" }
    : { value: text, encoding: "utf8" };
}

function decodeText(value: Uint8Array): string | undefined {
  try {
    return textDecoder.decode(value);
  } catch {
    return undefined; // Not UTF-8, which is no error: values are bytes.
  }
}
