/**
 * The few files of the simulator. Without them it needs no permission, and has none: what a run did with
 * the outside would not be the same again.
 *
 * @module
 */
import { TroupeError } from "../../actors/errors.ts";
import { whyUnreadable } from "../files.ts";
import type { SimOptions } from "./options.ts";

/** A file that cannot be read or written. */
export class SimFileError extends TroupeError {
  /** Says which file, and why. */
  constructor(message: string) {
    super("sim_file", message);
  }
}

/** Gives up the permissions that these options have no use for. */
export async function dropPermissions(options: SimOptions): Promise<void> {
  const { trace, history, shrink, replay } = options;
  const writes = trace !== undefined || history !== undefined || shrink;
  if (replay === undefined) await Deno.permissions.revoke({ name: "read" });
  if (!writes) await Deno.permissions.revoke({ name: "write" });
}

/** The text of a file. */
export function readText(path: string): string {
  try {
    return Deno.readTextFileSync(path);
  } catch (error) {
    throw new SimFileError(`Cannot read "${path}": ${whyUnreadable(error)}`);
  }
}

/**
 * Writes a text to a file, in a folder that is made if need be.
 *
 * @returns The path of the file.
 */
export function writeText(directory: string, name: string, text: string): string {
  const path = `${directory.replace(/\/+$/, "")}/${name}`;
  orRefuse(path, () => Deno.mkdirSync(directory, { recursive: true }));
  writeFile(path, text);
  return path;
}

/** Writes a text to a file. */
export function writeFile(path: string, text: string): void {
  orRefuse(path, () => Deno.writeTextFileSync(path, text));
}

function orRefuse(path: string, write: () => void): void {
  try {
    write();
  } catch (error) {
    throw new SimFileError(`Cannot write "${path}": ${whyUnreadable(error)}`);
  }
}
