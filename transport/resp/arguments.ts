/**
 * Reading the arguments of commands.
 *
 * @module
 */
import { parseInteger } from "../../protocols/kv/integer.ts";
import { decodeKey } from "../../protocols/kv/wire.ts";
import type { Command } from "./command.ts";
import { keyTooLong, notAnInteger } from "./errors.ts";
import { RespError } from "./reply.ts";

const textDecoder = new TextDecoder();

/** An argument as text, whatever its bytes. */
export function textOf(argument: Uint8Array): string {
  return decodeKey(argument) ?? textDecoder.decode(argument);
}

/** A word that is the same in upper and in lower case. */
export function wordOf(argument: Uint8Array): string {
  return textOf(argument).toLowerCase();
}

/**
 * A key.
 *
 * @throws {RespError} if it is none of the store's, whose keys are text.
 */
export function keyOf(argument: Uint8Array): string {
  const key = decodeKey(argument);
  if (key !== undefined && key !== "") return key;
  throw new RespError(
    key === "" ? "ERR the empty key is not supported" : "ERR key is not valid UTF-8",
  );
}

/**
 * One of several keys that are written at once: none may turn out to be too long when others are written.
 *
 * @throws {RespError} as `keyOf()`, and for a key beyond the limit.
 */
export function oneKeyOf(argument: Uint8Array, keyBytesMax: number): string {
  if (argument.length > keyBytesMax) throw keyTooLong(argument.length, keyBytesMax);
  return keyOf(argument);
}

/**
 * An integer of 64 bits.
 *
 * @throws {RespError} if it is none.
 */
export function integerOf(argument: Uint8Array): bigint {
  const integer = parseInteger(argument);
  if (integer === undefined) throw notAnInteger();
  return integer;
}

/** Which of the words of a request are keys; none if there are too few of them. */
export function keysOf({ keys: [first, last, step] }: Command, count: number): number[] {
  if (first === 0) return [];
  const end = last < 0 ? count + last : last;
  const indices: number[] = [];
  for (let index = first; index <= end && index < count; index += step) indices.push(index);
  return indices;
}

/** Whether a command takes so many words. */
export function takes({ arity }: Command, count: number): boolean {
  return arity >= 0 ? count === arity : count >= -arity;
}
