/** Between what the HTTP API says and the types of the client. */

import type { TroupeError } from "../../actors/errors.ts";
import type { ClusterLayout, NodeStatus } from "../../transport/service.ts";
import { BadAnswer, KeyNotFound, NoSession, PreconditionFailed, RequestRefused } from "./errors.ts";
import { type ApiAnswer, problemOf } from "./exchange.ts";
import { Entry, type KeyInfo } from "./types.ts";

type Json = Readonly<Record<string, unknown>>;

/**
 * The path of a key.
 *
 * @throws {RequestRefused} `bad_request` for a key that no address can hold.
 */
export function keyPath(key: string): string {
  const refuse = (why: string) =>
    new RequestRefused("bad_request", 0, `Cannot use the key ${JSON.stringify(key)}: ${why}`);
  if (key === "") throw refuse("a key has at least one byte");
  if (key === "." || key === "..") throw refuse("addresses cannot hold it");
  if (!key.isWellFormed()) throw refuse("it is not well-formed Unicode");
  return `/v1/kv/${encodeURIComponent(key)}`;
}

/** The object that an answer's body holds. */
export function readJson(answer: ApiAnswer): Json {
  let value: unknown;
  try {
    value = JSON.parse(new TextDecoder().decode(answer.body));
  } catch {
    throw new BadAnswer(answer.endpoint, "it is not JSON");
  }
  if (typeof value !== "object" || value === null || Array.isArray(value)) {
    throw new BadAnswer(answer.endpoint, "it is not a JSON object");
  }
  return value as Json;
}

/** A field that must be there, with its type. */
export function readField<T extends "number" | "string" | "boolean">(
  answer: ApiAnswer,
  json: Json,
  name: string,
  type: T,
): { number: number; string: string; boolean: boolean }[T] {
  const value = json[name];
  const actual = typeof value;
  if (actual !== type) {
    throw new BadAnswer(answer.endpoint, `"${name}" is not a ${type}: ${JSON.stringify(value)}`);
  }
  return value as never;
}

/** A list of objects that must be there. */
export function readList(answer: ApiAnswer, json: Json, name: string): readonly Json[] {
  const value = json[name];
  const objects = Array.isArray(value) &&
    value.every((item) => typeof item === "object" && item !== null);
  if (!objects) throw new BadAnswer(answer.endpoint, `"${name}" is not a list of objects`);
  return value as readonly Json[];
}

/** A key with its revisions, from JSON. */
export function readKeyInfo(answer: ApiAnswer, json: Json): KeyInfo {
  return {
    key: readField(answer, json, "key", "string"),
    createRevision: readField(answer, json, "createRevision", "number"),
    modRevision: readField(answer, json, "modRevision", "number"),
    version: readField(answer, json, "version", "number"),
  };
}

/** A key with its value, from JSON. */
export function readEntry(answer: ApiAnswer, json: Json): Entry {
  return new Entry(readKeyInfo(answer, json), readValue(answer, json));
}

/** A value, from JSON. */
export function readValue(answer: ApiAnswer, json: Json): Uint8Array {
  const text = readField(answer, json, "value", "string");
  const encoding = readField(answer, json, "encoding", "string");
  if (encoding !== "utf8" && encoding !== "base64") {
    throw new BadAnswer(answer.endpoint, `the encoding "${encoding}" is unknown`);
  }
  return encoding === "utf8" ? new TextEncoder().encode(text) : fromBase64(answer, text);
}

/** A key with its value, from raw bytes and the headers that go with them. */
export function readRawEntry(answer: ApiAnswer, key: string): Entry {
  return new Entry({
    key,
    createRevision: readHeader(answer, "Troupe-Create-Revision"),
    modRevision: readHeader(answer, "ETag"),
    version: readHeader(answer, "Troupe-Version"),
  }, answer.body);
}

function readHeader(answer: ApiAnswer, name: string): number {
  const text = answer.headers.get(name);
  const digits = /^(?:W\/)?"?(\d+)"?$/.exec(text ?? "")?.[1];
  if (digits === undefined) {
    throw new BadAnswer(answer.endpoint, `the header ${name} is not a number: ${text}`);
  }
  return Number(digits);
}

/** What `GET /v1/status` answers, checked as far as the client relies on it. */
export function readStatus(answer: ApiAnswer): NodeStatus {
  const json = readJson(answer);
  for (const name of ["node", "pid", "view", "opNumber", "commitNumber"]) {
    readField(answer, json, name, "number");
  }
  for (const name of ["cluster", "protocol", "role", "status"]) {
    readField(answer, json, name, "string");
  }
  for (const peer of readList(answer, json, "peers")) {
    readField(answer, peer, "node", "number");
    readField(answer, peer, "http", "string");
  }
  for (const actor of readList(answer, json, "actors")) {
    readField(answer, actor, "name", "string");
    readField(answer, actor, "restarts", "number");
  }
  return json as unknown as NodeStatus;
}

/** What the master has decided, checked as far as the client relies on it. */
export function readLayout(answer: ApiAnswer): ClusterLayout {
  const json = readJson(answer);
  readField(answer, json, "topology", "string");
  readField(answer, json, "formed", "boolean");
  readField(answer, json, "version", "number");
  for (const node of readList(answer, json, "nodes")) {
    readField(answer, node, "node", "number");
    readField(answer, node, "wanted", "boolean");
  }
  for (const volume of readList(answer, json, "volumes")) {
    readField(answer, volume, "volume", "number");
    readField(answer, volume, "epoch", "number");
    for (const member of readList(answer, volume, "members")) {
      readField(answer, member, "node", "number");
    }
  }
  return json as unknown as ClusterLayout;
}

/** The error that an answer of 400 to 499 stands for. */
export function refusalOf(
  answer: ApiAnswer,
  about: { key?: string; clientId?: number } = {},
): TroupeError {
  const { code, detail } = problemOf(answer);
  if (code === undefined) return new BadAnswer(answer.endpoint, detail);
  if (code === "key_not_found" && about.key !== undefined) return new KeyNotFound(about.key);
  if (code === "no_session" && about.clientId !== undefined) return new NoSession(about.clientId);
  if (code === "precondition_failed" && about.key !== undefined) {
    const revision = answer.headers.has("ETag") ? readHeader(answer, "ETag") : null;
    return new PreconditionFailed(about.key, revision);
  }
  return new RequestRefused(code, answer.status, detail);
}

/** Bytes as base64 text. */
export function toBase64(bytes: Uint8Array): string {
  let binary = "";
  for (const byte of bytes) binary += String.fromCharCode(byte);
  return btoa(binary);
}

function fromBase64(answer: ApiAnswer, text: string): Uint8Array<ArrayBuffer> {
  try {
    return Uint8Array.from(atob(text), (char) => char.charCodeAt(0));
  } catch {
    throw new BadAnswer(answer.endpoint, "a value is not base64");
  }
}
