import { toError } from "../actors/errors.ts";

/** Why a file cannot be read, as the end of a sentence. */
export function whyUnreadable(error: unknown): string {
  return error instanceof Deno.errors.NotFound ? "there is no such file" : toError(error).message;
}
