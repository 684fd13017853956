import { versionOf as ask } from "../peers/systems/system.ts";

/** How each program is asked, and where the answer is in what it prints. */
const PATTERNS = {
  "etcd": /Version: *(\S+)/,
  "redis-server": /v=(\S+)/,
} as const;

/** A program that is not this house's. */
export type Program = keyof typeof PATTERNS;

/** The version of a program, `null` if it is not installed; without a program, that of this checkout. */
export async function versionOf(program?: Program): Promise<string | null> {
  if (program !== undefined) return await ask([program, "--version"], PATTERNS[program]);
  const text = await Deno.readTextFile(new URL("../../deno.json", import.meta.url));
  return /"version": *"([^"]+)"/.exec(text)?.[1] ?? "unknown";
}
