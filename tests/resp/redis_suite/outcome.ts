/** What came of the tests of a unit, by their names. */
export interface Outcome {
  readonly passed: readonly string[];
  readonly skipped: readonly string[];
  /** Left out by the suite itself: by a tag, or as nothing for a server that it has not started. */
  readonly ignored: readonly string[];
  /** With what there is to say of each. */
  readonly failed: readonly string[];
}

/** Reads the output of Redis' `runtest` for one unit; a run that did not come to its end is a failure. */
export function outcomeOf(output: string, isSuccess: boolean): Outcome {
  // What failed is repeated at the end.
  const [lines] = output.split("!!! WARNING");
  const found = { ok: [], skip: [], ignore: [], err: [] } as Record<string, string[]>;
  for (const block of lines!.split(/^(?=\[[^\]]+\]: )/m)) {
    const [, word, text] = /^\[(\w+)\]: (.*)$/s.exec(block) ?? [];
    if (word === "exception" || word === "TIMEOUT") found.err!.push(`${word}: ${text}`.trim());
    else if (word === "ok") found.ok!.push(text!.replace(/ \(\d+ ms\)\s*$/, ""));
    else if (word !== undefined) found[word]?.push(text!.trim());
  }
  const { ok, skip, ignore, err } = found;
  if (!isSuccess && err!.length === 0) err!.push(`The suite has failed: ${output.slice(-2_000)}`);
  return { passed: ok!, skipped: skip!, ignored: ignore!, failed: err! };
}

/** Whether a name is among those of a list of tests to skip, as Redis' suite reads them. */
export function isNamedBy(pattern: string, name: string): boolean {
  return pattern.startsWith("/") ? new RegExp(pattern.slice(1)).test(name) : pattern === name;
}
