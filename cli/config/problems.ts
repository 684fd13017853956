import { TroupeError } from "../../actors/errors.ts";

/** One thing wrong with a configuration. */
export interface Problem {
  /** Where it was read: a file's name, or `null` for a flag of the command line. */
  readonly file: string | null;
  /** The line in that file, from 1; `null` for a flag. */
  readonly line: number | null;
  /** The field, as it is written (`timeouts.heartbeat_ms`), a flag, or empty for the whole file. */
  readonly field: string;
  /** What is wrong with it. */
  readonly what: string;
}

/** A configuration that cannot be used; `message` has a line for every problem. */
export class ConfigError extends TroupeError {
  /** All that is wrong, in the order of the file. */
  readonly problems: readonly Problem[];

  /** Takes at least one problem. */
  constructor(problems: readonly Problem[]) {
    super("bad_config", problems.map(formatProblem).join("\n"));
    this.problems = problems;
  }
}

function formatProblem(problem: Problem): string {
  const parts: string[] = [];
  if (problem.file !== null) parts.push(`${problem.file}:${problem.line ?? 1}`);
  if (problem.field !== "") parts.push(problem.field);
  return [...parts, problem.what].join(": ");
}

/** The line of the first of some fields that is written; `null` if there is no file. */
export type LineOf = (...fields: readonly string[]) => number | null;

/** Gathers problems, so that a file with several is told of all of them at once. */
export class Problems {
  readonly #file: string | null;
  readonly #lineOf: LineOf;
  readonly #found: Problem[] = [];

  constructor(file: string | null, lineOf: LineOf) {
    this.#file = file;
    this.#lineOf = lineOf;
  }

  /**
   * Notes a problem.
   *
   * @param field What it is said of.
   * @param what What is wrong.
   * @param others More fields that play a part: if `field` itself is not written, one of them is why.
   */
  add(field: string, what: string, others: readonly string[] = []): void {
    this.#found.push({ file: this.#file, line: this.#lineOf(field, ...others), field, what });
  }

  /** Whether a field, or one within it, has a problem already. */
  concerns(field: string): boolean {
    return this.#found.some((problem) =>
      problem.field === field || problem.field.startsWith(`${field}.`) ||
      problem.field.startsWith(`${field}[`)
    );
  }

  /** @throws {ConfigError} if anything was added. */
  throwIfAny(): void {
    if (this.#found.length === 0) return;
    const inOrder = this.#found.toSorted((a, b) => (a.line ?? 0) - (b.line ?? 0));
    throw new ConfigError(inOrder);
  }
}

/** The candidate most like `name`, or `null` if none is alike enough to be meant. */
export function nearestName(name: string, candidates: readonly string[]): string | null {
  let nearest: string | null = null;
  let least = Math.max(2, Math.floor(name.length / 3)) + 1;
  for (const candidate of candidates) {
    const distance = editDistance(plain(name), plain(candidate));
    if (distance < least) {
      least = distance;
      nearest = candidate;
    }
  }
  return nearest;
}

/** Drops what people spell differently: `heartbeatMs` and `heartbeat-ms` are `heartbeat_ms`. */
function plain(name: string): string {
  return name.toLowerCase().replaceAll(/[_\-\s]/g, "");
}

/** How many letters must be inserted, deleted or replaced to make `b` of `a` (Levenshtein). */
function editDistance(a: string, b: string): number {
  let row = Array.from({ length: b.length + 1 }, (_, j) => j);
  for (let i = 1; i <= a.length; i++) {
    const next = [i];
    for (let j = 1; j <= b.length; j++) {
      const replaced = row[j - 1]! + (a[i - 1] === b[j - 1] ? 0 : 1);
      next.push(Math.min(replaced, row[j]! + 1, next[j - 1]! + 1));
    }
    row = next;
  }
  return row[b.length]!;
}
