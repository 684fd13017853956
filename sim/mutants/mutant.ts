import { TroupeError } from "../../actors/errors.ts";
import type { GivenPlan } from "../plan.ts";

/** A change of one place in a source file. */
export interface Edit {
  /** From the root of the project. */
  readonly file: string;
  /** What is replaced. Stands there exactly once. */
  readonly text: string;
  readonly replacement: string;
}

/** Which seeds are tried, or which tests. */
export type Exposure =
  /** Runs of the simulator, seed after seed: `deno task sim`. */
  | ({ readonly type: "swarm" } & GivenPlan)
  /** A test that must fail: for bugs of what checks, and for what no run can tell from bad luck. */
  | {
    readonly type: "test";
    readonly file: string;
    /** What the names of the tests that are run have in them. Default: all tests of the file. */
    readonly filter?: string;
  };

/** A bug, planted to see whether the checks find it. It exists only in a copy of the sources. */
export interface Mutant {
  /** Of small letters and hyphens; unique. */
  readonly name: string;
  /** What no longer holds: an erratum of the reference or a rule, in a few words. */
  readonly undoes: string;
  /** In different places. */
  readonly edits: readonly Edit[];
  readonly exposure: Exposure;
}

/** A text that a mutant is to replace does not stand in its file, or not only once. */
export class MutantStale extends TroupeError {
  constructor(mutant: Mutant, edit: Edit, count: number) {
    super(
      "mutant_stale",
      `Cannot plant "${mutant.name}": its text stands ${count} times in ${edit.file}, not once`,
    );
  }
}

/**
 * A source file with the changes of a mutant to it.
 *
 * @throws {MutantStale} unless every text to be replaced stands there exactly once.
 */
export function planted(mutant: Mutant, file: string, source: string): string {
  let changed = source;
  for (const edit of mutant.edits) {
    if (edit.file !== file) continue;
    const parts = changed.split(edit.text);
    if (parts.length !== 2) throw new MutantStale(mutant, edit, parts.length - 1);
    changed = parts.join(edit.replacement);
  }
  return changed;
}

/** The files that a mutant changes. */
export function filesOf(mutant: Mutant): readonly string[] {
  return [...new Set(mutant.edits.map(({ file }) => file))];
}

/** Found by the simulator. */
export const SWARM: Exposure = { type: "swarm" };

/** Found by the simulator in clusters of chains. */
export const CHAIN_SWARM: Exposure = { type: "swarm", protocol: "chain" };

/** Found by the simulator in gossip clusters. */
export const GOSSIP_SWARM: Exposure = { type: "swarm", protocol: "gossip" };
/** Found by the simulator in clusters of Hermes. */
export const HERMES_SWARM: Exposure = { type: "swarm", protocol: "hermes" };

/** Found by a test. */
export function byTest(file: string, filter?: string): Exposure {
  return { type: "test", file, ...(filter !== undefined && { filter }) };
}

/** The edits of one file. */
export function inFile(
  file: string,
  ...replacements: readonly (readonly [text: string, replacement: string])[]
): Edit[] {
  return replacements.map(([text, replacement]) => ({ file, text, replacement }));
}
