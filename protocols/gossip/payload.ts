/**
 * What an event leaves in a store until another supersedes it.
 *
 * @module
 */
import { bytes, nullable, type Schema, SchemaError, union } from "../../actors/schema.ts";
import { compareStamps, type Stamp, stampSchema } from "./hybrid_clock.ts";

/** The longest value or element, in bytes. */
export const PAYLOAD_BYTES_MAX = 512 * 1024;
/** The least share of a counter that a replica may have. */
export const TOTAL_MIN: bigint = -(2n ** 63n);
/** The greatest share of a counter that a replica may have. */
export const TOTAL_MAX: bigint = 2n ** 63n - 1n;

/** A value under a stamp (last write wins), or the removal of one. */
export interface Stamped {
  /** Tells it from the others. */
  readonly type: "stamped";
  /** When it was written. */
  readonly stamp: Stamp;
  /** `null` is a removal: a tombstone. */
  readonly value: Uint8Array | null;
}

/** A value that stands beside those it is concurrent with. */
export interface Plain {
  /** Tells it from the others. */
  readonly type: "plain";
  /** The value. */
  readonly value: Uint8Array;
}

/** The sum of all that one replica added to a counter. */
export interface Total {
  /** Tells it from the others. */
  readonly type: "total";
  /** The sum, from {@linkcode TOTAL_MIN} to {@linkcode TOTAL_MAX}. */
  readonly total: bigint;
}

/** An element of a set. */
export interface Element {
  /** Tells it from the others. */
  readonly type: "element";
  /** The element. */
  readonly element: Uint8Array;
}

/** What an event leaves. */
export type Payload = Stamped | Plain | Total | Element;

/** An integer of 64 bits on the wire. */
export const int64: Schema<bigint> = {
  write: (writer, value) => {
    if (value < TOTAL_MIN || value > TOTAL_MAX) throw new SchemaError(`Not 64 bits: ${value}`);
    const bits = BigInt.asUintN(64, value);
    writer.u32(Number(bits >> 32n));
    writer.u32(Number(bits & 0xffff_ffffn));
  },
  read: (reader) => {
    const high = BigInt(reader.u32());
    return BigInt.asIntN(64, high << 32n | BigInt(reader.u32()));
  },
};

const content = bytes(PAYLOAD_BYTES_MAX);

/** A payload on the wire. */
export const payloadSchema: Schema<Payload> = union({
  stamped: { stamp: stampSchema, value: nullable(content) },
  plain: { value: content },
  total: { total: int64 },
  element: { element: content },
});

/** A payload whose bytes are its own: those that were read are views of a message. */
export function copyPayload(payload: Payload): Payload {
  switch (payload.type) {
    case "stamped":
      return payload.value === null ? payload : { ...payload, value: payload.value.slice() };
    case "plain":
      return { ...payload, value: payload.value.slice() };
    case "element":
      return { ...payload, element: payload.element.slice() };
    case "total":
      return payload;
  }
}

/** How many bytes of the user's it carries. */
export function contentLength(payload: Payload): number {
  switch (payload.type) {
    case "stamped":
    case "plain":
      return payload.value?.length ?? 0;
    case "element":
      return payload.element.length;
    case "total":
      return 0;
  }
}

const OVERHEAD_BYTES = 18;

/** How many bytes it takes on the wire, at most. */
export function payloadBytes(payload: Payload): number {
  return OVERHEAD_BYTES + contentLength(payload);
}

/** Whether it is a removal that is kept for its stamp only. */
export function isTombstone(payload: Payload): payload is Stamped & { readonly value: null } {
  return payload.type === "stamped" && payload.value === null;
}

/** The stamp of a payload, if it has one. */
export function stampOf(payload: Payload): Stamp | undefined {
  return payload.type === "stamped" ? payload.stamp : undefined;
}

/** Orders byte arrays; a prefix comes first. */
export function compareBytes(left: Uint8Array, right: Uint8Array): number {
  const shared = Math.min(left.length, right.length);
  for (let index = 0; index < shared; index++) {
    if (left[index] !== right[index]) return left[index]! - right[index]!;
  }
  return left.length - right.length;
}

/** Whether two byte arrays are the same. */
export function equalBytes(left: Uint8Array, right: Uint8Array): boolean {
  return left.length === right.length && compareBytes(left, right) === 0;
}

/** The later of two stamps. */
export function laterStamp(left: Stamp, right: Stamp): Stamp {
  return compareStamps(left, right) >= 0 ? left : right;
}
