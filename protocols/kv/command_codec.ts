/**
 * Commands as bytes: one byte for the command, one for its condition, the key, what the condition
 * compares with, and then the value, or the number to add. A batch: its byte, a zero, and each of its
 * commands as so many bytes in four, and the bytes.
 *
 * @module
 */
import { Reader, SchemaError, type Writer } from "../../actors/schema.ts";
import {
  type Batch,
  type Condition,
  type Delete,
  type Increment,
  INTEGER_MAX,
  INTEGER_MIN,
  type KeyCommand,
  type KvCommand,
  KvInputError,
  type MalformedInput,
  type Put,
} from "./types.ts";
import {
  beginWrite,
  finishWith,
  readI64,
  readKey,
  requireKey,
  writeI64,
  writeKey,
} from "./wire.ts";

const PUT = 1;
const DELETE = 2;
const INCREMENT = 3;
const BATCH = 4;

/** What a command of a batch takes besides its own bytes. */
export const BATCHED_BYTES = 4;
/** What a batch takes besides its commands. */
export const BATCH_BYTES = 2;

const NOTHING = new Uint8Array(0);
const UNCONDITIONAL = 0;
const IF_MOD_REVISION = 1;
const IF_EXISTS = 2;
const IF_ABSENT = 3;
const IF_VALUE = 4;

/**
 * Writes a command.
 *
 * @throws {KvInputError} `bad_request` for an empty key, one that is not well-formed text, a number
 * to add beyond 64 bits, or a modRevision that is none; `too_large` for a key beyond 8 KiB.
 */
export function encodeCommand(command: KvCommand): Uint8Array<ArrayBuffer> {
  if (command.type === "batch") return encodeBatch(command.commands.map(encodeCommand));
  requireKey(command.key);
  const writer = beginWrite();
  switch (command.type) {
    case "put":
      writeHead(writer, PUT, command);
      return finishWith(writer, command.value);
    case "delete":
      writeHead(writer, DELETE, command);
      return writer.finish();
    case "increment":
      requireInteger(command.delta);
      writer.u8(INCREMENT);
      writer.u8(UNCONDITIONAL);
      writeKey(writer, command.key);
      writeI64(writer, command.delta);
      return writer.finish();
  }
}

/**
 * Makes one command of several, executed in their order with nothing in between.
 *
 * @param commands What `encodeCommand()` made of commands on keys.
 * @throws {KvInputError} `bad_request` if there are none.
 */
export function encodeBatch(commands: readonly Uint8Array[]): Uint8Array<ArrayBuffer> {
  if (commands.length === 0) throw new KvInputError("bad_request", "Batch has no commands");
  const writer = beginWrite();
  writer.u8(BATCH);
  writer.u8(UNCONDITIONAL);
  for (const command of commands) writer.bytes(command);
  return finishWith(writer, NOTHING);
}

function requireInteger(delta: bigint): void {
  if (delta >= INTEGER_MIN && delta <= INTEGER_MAX) return;
  throw new KvInputError("bad_request", `Increment is beyond a signed 64-bit integer: ${delta}`);
}

function writeHead(writer: Writer, tag: number, command: Put | Delete): void {
  const condition = command.condition;
  writer.u8(tag);
  writer.u8(condition === undefined ? UNCONDITIONAL : conditionTag(condition));
  writeKey(writer, command.key);
  if (condition?.type === "mod-revision") writeModRevision(writer, condition.modRevision);
  if (condition?.type === "value") writer.bytes(condition.value);
}

function conditionTag(condition: Condition): number {
  switch (condition.type) {
    case "mod-revision":
      return IF_MOD_REVISION;
    case "exists":
      return IF_EXISTS;
    case "absent":
      return IF_ABSENT;
    case "value":
      return IF_VALUE;
  }
}

function writeModRevision(writer: Writer, modRevision: number): void {
  if (!Number.isSafeInteger(modRevision) || modRevision < 0) {
    throw new KvInputError("bad_request", `Not a modRevision: ${modRevision}`);
  }
  writer.u53(modRevision);
}

/** Whether bytes are a put that is made whatever the key is, if they are a command at all. */
export function isPlainPut(bytes: Uint8Array): boolean {
  return bytes[0] === PUT && bytes[1] === UNCONDITIONAL;
}

/** Reads a command. Values are views of the bytes. */
export function decodeCommand(bytes: Uint8Array): KvCommand | MalformedInput {
  try {
    const reader = new Reader(bytes);
    return bytes[0] === BATCH ? readBatch(reader) : readCommand(reader);
  } catch (error) {
    if (error instanceof SchemaError) return { type: "malformed", reason: error.message };
    throw error;
  }
}

function readBatch(reader: Reader): Batch {
  reader.u8();
  if (reader.u8() !== UNCONDITIONAL) throw new SchemaError("A batch takes no condition");
  const commands: KeyCommand[] = [];
  do {
    commands.push(readCommand(new Reader(reader.bytes(reader.remaining))));
  } while (reader.remaining > 0);
  return { type: "batch", commands };
}

function readCommand(reader: Reader): KeyCommand {
  const tag = reader.u8();
  const conditionTag = reader.u8();
  const key = readKey(reader);
  if (key.length === 0) throw new SchemaError("Key is empty");
  switch (tag) {
    case PUT:
      return readPut(reader, key, readCondition(reader, conditionTag));
    case DELETE:
      return readDelete(reader, key, readCondition(reader, conditionTag));
    case INCREMENT:
      return readIncrement(reader, key, conditionTag);
    default:
      throw new SchemaError(`No command with tag ${tag}`);
  }
}

function readCondition(reader: Reader, tag: number): Condition | undefined {
  switch (tag) {
    case UNCONDITIONAL:
      return undefined;
    case IF_MOD_REVISION:
      return { type: "mod-revision", modRevision: reader.u53() };
    case IF_EXISTS:
      return { type: "exists" };
    case IF_ABSENT:
      return { type: "absent" };
    case IF_VALUE:
      return { type: "value", value: reader.bytes(reader.remaining) };
    default:
      throw new SchemaError(`No condition with tag ${tag}`);
  }
}

function readPut(reader: Reader, key: string, condition: Condition | undefined): Put {
  const value = reader.raw(reader.remaining);
  return condition === undefined
    ? { type: "put", key, value }
    : { type: "put", key, value, condition };
}

function readDelete(reader: Reader, key: string, condition: Condition | undefined): Delete {
  reader.end();
  return condition === undefined ? { type: "delete", key } : { type: "delete", key, condition };
}

function readIncrement(reader: Reader, key: string, conditionTag: number): Increment {
  if (conditionTag !== UNCONDITIONAL) throw new SchemaError("An increment takes no condition");
  const delta = readI64(reader);
  reader.end();
  return { type: "increment", key, delta };
}
