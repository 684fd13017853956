/**
 * Integers as values: in decimal, so that a client may read and write them as text.
 *
 * @module
 */
import { INTEGER_MAX, INTEGER_MIN } from "./types.ts";
import { decodeKey } from "./wire.ts";

/** The longest integer of 64 bits, `-9223372036854775808`, in characters. */
const INTEGER_LENGTH_MAX = 20;
const INTEGER = /^(0|-?[1-9][0-9]*)$/;

const textEncoder = new TextEncoder();

/**
 * The integer that a value is; `undefined` if it is none, or beyond 64 bits. Each integer has one
 * form: no plus sign, no leading zeros, no space.
 */
export function parseInteger(value: Uint8Array): bigint | undefined {
  if (value.length > INTEGER_LENGTH_MAX) return undefined;
  const text = decodeKey(value);
  if (text === undefined || !INTEGER.test(text)) return undefined;
  const integer = BigInt(text);
  return integer >= INTEGER_MIN && integer <= INTEGER_MAX ? integer : undefined;
}

/** The value that an integer is kept as. */
export function formatInteger(integer: bigint): Uint8Array {
  return textEncoder.encode(integer.toString());
}
