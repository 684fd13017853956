/**
 * What the systems are loaded with: slices through the space of loads, all through one point.
 *
 * @module
 */

/** What a system is asked, and how much at once. */
export interface Load {
  /** The part of the requests that are writes, 0 to 1. */
  readonly writes: number;
  readonly connections: number;
  /** Requests that each connection has in flight. */
  readonly pipeline: number;
  readonly valueBytes: number;
}

/** The ways to vary the load: one dimension each, the others at their base. */
export const SLICES = ["connections", "pipeline", "mixes", "values"] as const;
export type Slice = typeof SLICES[number];

/** What is asked in all slices but the one of mixes. */
export const WORKS = ["put", "get"] as const;
export type Work = typeof WORKS[number];

/** The points along each dimension. */
export interface Space {
  readonly slices: readonly Slice[];
  readonly works: readonly Work[];
  readonly connections: readonly number[];
  /** Requests in flight on each connection in the slice of that name. */
  readonly pipeline: number;
  /** Parts of the requests that are writes. */
  readonly mixes: readonly number[];
  /** Sizes of values, in bytes. */
  readonly values: readonly number[];
}

/** The size of a value wherever sizes are not varied, in bytes. */
export const BASE_VALUE_BYTES = 100;
/** How many connections there are wherever they are not varied, if that many are among those wanted. */
export const BASE_CONNECTIONS = 64;
/** Values of all keys together are no larger, in bytes: the load generators hold a request for each. */
const KEY_SPACE_BYTES = 16 * 1_048_576;
/** Few enough that all are written before any is read, many enough that writes seldom meet. */
const KEYS_MAX = 10_000;

/** How many connections there are wherever they are not varied. */
export function baseConnections({ connections }: Space): number {
  return connections.includes(BASE_CONNECTIONS) ? BASE_CONNECTIONS : connections.at(-1)!;
}

/** How many keys values of a size are stored under. */
export function keyCount(valueBytes: number): number {
  return Math.max(1, Math.min(KEYS_MAX, Math.floor(KEY_SPACE_BYTES / Math.max(1, valueBytes))));
}

/** The loads along one dimension. */
export function loadsOf(space: Space, slice: Slice): readonly Load[] {
  const connections = baseConnections(space);
  const base = { connections, pipeline: 1, valueBytes: BASE_VALUE_BYTES };
  const works = space.works.map((work) => ({ ...base, writes: work === "put" ? 1 : 0 }));
  switch (slice) {
    case "connections":
      return works.flatMap((load) =>
        space.connections.map((connections) => ({ ...load, connections }))
      );
    case "pipeline":
      return works.flatMap((load) =>
        space.connections.map((connections) => ({
          ...load,
          connections,
          pipeline: space.pipeline,
        }))
      );
    case "mixes":
      return space.mixes.map((writes) => ({ ...base, writes }));
    case "values":
      return works.flatMap((load) => space.values.map((valueBytes) => ({ ...load, valueBytes })));
  }
}

/** A load as a text, the same for the same load. */
export function loadKey({ writes, connections, pipeline, valueBytes }: Load): string {
  return `${writes}/${connections}/${pipeline}/${valueBytes}`;
}

/** What is asked, for people: `put`, `get`, or `5 % puts`. */
export function workName({ writes }: Pick<Load, "writes">): string {
  if (writes === 1) return "put";
  return writes === 0 ? "get" : `${Number((writes * 100).toFixed(1))} % puts`;
}

/** A load for people: `put, 64`, or `get of 1 KiB, 16 × 16`. */
export function loadText({ writes, connections, pipeline, valueBytes }: Load): string {
  const size = valueBytes === BASE_VALUE_BYTES ? "" : ` of ${sizeName(valueBytes)}`;
  const depth = pipeline === 1 ? "" : ` × ${pipeline}`;
  return `${workName({ writes })}${size}, ${connections}${depth}`;
}

/** A size in bytes, for people: `100 B`, `64 KiB`. */
export function sizeName(bytes: number): string {
  return bytes >= 1_024 && bytes % 1_024 === 0 ? `${bytes / 1_024} KiB` : `${bytes} B`;
}
