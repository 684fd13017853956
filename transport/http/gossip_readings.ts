/**
 * What a key of a gossip cluster is, as HTTP says it: raw bytes, JSON, or several parts.
 *
 * @module
 */
import type { Reading } from "../gossip_requests.ts";
import { RAW, respond, respondJson, TEXT } from "./replies.ts";
import { type Encoding, jsonValue } from "./values.ts";

/** A key and what it is, with the token for its next write. */
export interface KeyReading {
  readonly key: string;
  readonly reading: Reading;
  readonly context: string;
}

/** How a reader wants it. */
export interface ReadingForm {
  /** Raw bytes where it is one value. */
  readonly format: "raw" | "json" | "multipart";
  /** Only for JSON: forces base64. */
  readonly encoding: Encoding | undefined;
}

/** A key and what it is, for JSON. */
export function readingItem(
  { key, reading, context }: KeyReading,
  encoding: Encoding | undefined,
): Record<string, unknown> {
  const tail = context === "" ? {} : { context };
  switch (reading.type) {
    case "absent":
      return { key, ...tail };
    case "values": {
      const values = reading.values.map((value) => jsonValue(value, encoding));
      return values.length === 1
        ? { key, ...values[0], ...tail }
        : { key, siblings: values, ...tail };
    }
    case "counter":
      return { key, counter: String(reading.total), ...tail };
    case "set":
      return { key, elements: reading.elements.map((each) => jsonValue(each, encoding)), ...tail };
  }
}

/** A key that is there: 300 if there are several values that no one has decided between, else 200. */
export function readingResponse(found: KeyReading, form: ReadingForm): Response {
  const { reading } = found;
  const { format, encoding } = form;
  if (reading.type === "values" && reading.values.length > 1) {
    if (format === "multipart") return multipart(reading.values);
    return respondJson(readingItem(found, encoding), 300);
  }
  if (format === "json" || reading.type === "set") return respondJson(readingItem(found, encoding));
  if (reading.type === "counter") return respond(String(reading.total), 200, TEXT);
  return respond(reading.type === "values" ? reading.values[0]! : null, 200, RAW);
}

const textEncoder = new TextEncoder();

/** Every value as a part of its own (RFC 2046 5.1). The boundary is drawn, so that no value has it. */
function multipart(values: readonly Uint8Array[]): Response {
  const boundary = `troupe-${crypto.randomUUID()}`;
  const pieces = values.flatMap((value) => [
    textEncoder.encode(
      `--${boundary}\r\nContent-Type: ${RAW}\r\nContent-Length: ${value.length}\r\n\r\n`,
    ),
    value,
    textEncoder.encode("\r\n"),
  ]);
  const body = concatenate([...pieces, textEncoder.encode(`--${boundary}--\r\n`)]);
  return respond(body, 300, `multipart/mixed; boundary="${boundary}"`);
}

function concatenate(pieces: readonly Uint8Array[]): Uint8Array {
  const whole = new Uint8Array(pieces.reduce((sum, { length }) => sum + length, 0));
  let at = 0;
  for (const piece of pieces) {
    whole.set(piece, at);
    at += piece.length;
  }
  return whole;
}
