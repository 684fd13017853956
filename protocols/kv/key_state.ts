/**
 * The state of one key as bytes, for machines whose keys have nothing to do with one another. Its
 * modRevision is not among them: whoever keeps the state knows it.
 *
 * @module
 */
import { Reader } from "../../actors/schema.ts";
import type { KeyMetadata } from "./types.ts";
import { beginWrite } from "./wire.ts";

/** Everything that there is of a key. */
export interface KeyState extends KeyMetadata {
  /** A view that must not be kept. */
  readonly value: Uint8Array;
}

/** Writes a state, to be kept as long as the key has it. */
export function encodeState({ createRevision, version, value }: KeyState): Uint8Array<ArrayBuffer> {
  const writer = beginWrite();
  writer.u53(createRevision);
  writer.u53(version);
  const head = writer.view();
  const bytes = new Uint8Array(head.length + value.length);
  bytes.set(head);
  bytes.set(value, head.length);
  return bytes;
}

/** Reads a state. The value is a view of the bytes. */
export function decodeState(bytes: Uint8Array, modRevision: number): KeyState {
  const reader = new Reader(bytes);
  const createRevision = reader.u53();
  const version = reader.u53();
  return { createRevision, modRevision, version, value: reader.raw(reader.remaining) };
}
