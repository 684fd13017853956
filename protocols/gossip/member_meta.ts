/**
 * What a node of a gossip cluster says of itself by SWIM: which replica it runs, and how it is reached.
 *
 * @module
 */
import {
  decode,
  encode,
  nullable,
  type Schema,
  SchemaError,
  struct,
  text,
} from "../../actors/schema.ts";
import { type ReplicaId, replicaSchema } from "./dot.ts";

/** The longest address, in bytes. */
export const ADDRESS_BYTES_MAX = 100;

/** What a node says of itself. */
export interface MemberMeta {
  /** Its replica; `null` while it has none. */
  readonly replica: ReplicaId | null;
  /** How it is reached, in whatever form the transport has; empty if everyone knows. */
  readonly address: string;
}

const schema: Schema<MemberMeta> = struct({
  replica: nullable(replicaSchema),
  address: text(ADDRESS_BYTES_MAX),
});

/** As SWIM carries it. */
export function encodeMeta(meta: MemberMeta): Uint8Array {
  return encode(schema, meta);
}

/** As it was said; `undefined` if it is that of something else. */
export function decodeMeta(bytes: Uint8Array): MemberMeta | undefined {
  try {
    return decode(schema, bytes);
  } catch (error) {
    if (error instanceof SchemaError) return undefined;
    throw error;
  }
}
