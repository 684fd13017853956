/**
 * The proof that a node knows the cluster's secret, without telling it. Node's own crypto and not the
 * web's: it is synchronous, so a handshake step needs no promise.
 *
 * It keeps strangers from joining. It encrypts nothing and vouches for nothing after the handshake:
 * who can change packets on their way needs to be kept out by TLS.
 *
 * @module
 */
import { createHmac, randomBytes, timingSafeEqual } from "node:crypto";

/** Bytes of a nonce. */
export const NONCE_BYTES = 32;

/** Bytes of a proof: one SHA-256. */
export const PROOF_BYTES = 32;

/** The shortest secret worth the name, in UTF-16 units. */
export const SECRET_LENGTH_MIN = 16;

/** Which side proves itself. Part of the proof, so that one side's cannot be sent back as the other's. */
export type Side = "dialer" | "acceptor";

/** Bytes that nobody has seen before. */
export function newNonce(): Uint8Array {
  return new Uint8Array(randomBytes(NONCE_BYTES));
}

/** HMAC-SHA256 under the secret over the side and everything that both have said. */
export function prove(secret: string, side: Side, ...said: readonly Uint8Array[]): Uint8Array {
  const hmac = createHmac("sha256", secret).update(`troupe handshake ${side}\0`);
  for (const part of said) hmac.update(part);
  return new Uint8Array(hmac.digest());
}

/** Compares in a time that tells nothing of where the two differ. */
export function isSameProof(expected: Uint8Array, actual: Uint8Array): boolean {
  return expected.length === actual.length && timingSafeEqual(expected, actual);
}
