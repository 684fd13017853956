/**
 * Clients of Redis from npm. They read the environment when they are loaded, so that only tests that may are
 * to load them.
 *
 * @module
 */
import { MAY_LISTEN } from "./support.ts";

/** What they need. */
export const MAY_USE_NODE = MAY_LISTEN && (["env", "sys", "read"] as const)
  .every((name) => Deno.permissions.querySync({ name }).state === "granted");

/** The class of clients of ioredis. */
export async function ioredis() {
  const { Redis } = await import("ioredis");
  return Redis;
}

/** What makes a client of node-redis. */
export async function nodeRedis() {
  const { createClient } = await import("redis");
  return createClient;
}
