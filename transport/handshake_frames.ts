/**
 * The frames of a handshake, field by field.
 *
 * @module
 */
import { hash } from "node:crypto";
import { type Schema, SchemaError, struct, text, u32, u53, u8, Writer } from "../actors/schema.ts";
import { NONCE_BYTES, PROOF_BYTES } from "./authentication.ts";
import { beginFrame, endFrame } from "./frame.ts";

/** "TRPE": tells at the first four bytes a node from a browser that went astray. */
export const MAGIC = 0x54525045;

const CLUSTER_HASH_BYTES = 32;

/** What a hello begins with. This and a refusal are the same in every version: both must be understood. */
export const opening = struct({ magic: u32, version: u32 });

/** Who speaks, to whom, of which cluster. */
export const hello = struct({
  magic: u32,
  version: u32,
  cluster: exactly(CLUSTER_HASH_BYTES),
  from: u8,
  to: u8,
  boot: u53,
  nonce: exactly(NONCE_BYTES),
});

/** Asks for a proof over the nonce. */
export const challenge = struct({ nonce: exactly(NONCE_BYTES) });

/** Answers a challenge. */
export const proof = struct({ proof: exactly(PROOF_BYTES) });

/** Accepts the dialer, and proves the acceptor. */
export const welcome = struct({ boot: u53, proof: exactly(PROOF_BYTES) });

/** Does not accept the dialer, and says why. */
export const refusal = struct({ code: text(32), text: text(512) });

/** A frame to be sent, length field included. */
export function frameOf<T>(kind: number, schema: Schema<T>, value: T): Uint8Array<ArrayBuffer> {
  const writer = new Writer(256);
  const start = beginFrame(writer, kind);
  schema.write(writer, value);
  endFrame(writer, start);
  return writer.finish();
}

/** The name of a cluster in a fixed length. */
export function clusterHash(cluster: string): Uint8Array {
  return new Uint8Array(hash("sha256", cluster, "buffer"));
}

/** Exactly so many bytes. */
function exactly(length: number): Schema<Uint8Array> {
  return {
    write: (writer, value) => {
      if (value.length !== length) {
        throw new SchemaError(`Not ${length} bytes but ${value.length}`);
      }
      writer.raw(value);
    },
    read: (reader) => reader.raw(length),
  };
}
