/** Ports from here up are given to outgoing connections on Linux, and so may be taken at any time. */
const EPHEMERAL = 32_768;
const LOWEST = 20_000;
const TRIES = 100;

/**
 * A port such that it, plus each of the offsets, is free on the loopback interface.
 *
 * @throws {Error} if none is found.
 */
export function freeBasePort(offsets: readonly number[]): number {
  const span = EPHEMERAL - LOWEST - Math.max(...offsets);
  for (let attempt = 0; attempt < TRIES; attempt++) {
    const base = LOWEST + Math.floor(Math.random() * span);
    if (offsets.every((offset) => isFree(base + offset))) return base;
  }
  throw new Error(`Cannot find free ports from ${LOWEST} to ${EPHEMERAL}`);
}

function isFree(port: number): boolean {
  try {
    Deno.listen({ hostname: "127.0.0.1", port }).close();
    return true;
  } catch (error) {
    if (error instanceof Deno.errors.AddrInUse) return false;
    throw error;
  }
}
