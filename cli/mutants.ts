/**
 * Shows that the checks can fail: plants bugs in copies of the sources, one at a time, and runs the
 * simulator on each until it notices. Exits with 3 if one is not found.
 *
 * `deno task mutants --help`
 *
 * @module
 */
import { fileURLToPath } from "node:url";
import { MUTANTS } from "../sim/mutants/catalogue.ts";
import { type Mutant, MutantStale } from "../sim/mutants/mutant.ts";
import { print, runCommand } from "./command.ts";
import { type Hunt, hunt, type Seeds } from "./mutants/hunt.ts";
import { type Finding, formatPage, type Known, readKnown, writeKnown } from "./mutants/known.ts";
import { HELP, type MutantsOptions, parseOptions } from "./mutants/options.ts";
import { SourceTree } from "./mutants/tree.ts";

const EXIT_NOT_FOUND = 3;
const ROOT = fileURLToPath(new URL("..", import.meta.url)).replace(/\/$/, "");

/** The seeds to try, in this order. */
function seedsFor(known: Finding | undefined, options: MutantsOptions): Seeds {
  const all = `1-${options.seeds}`;
  return options.record || known?.seed === undefined ? [all] : [known.seed, all];
}

function finding(result: Hunt, known: Finding | undefined): Finding | undefined {
  const { what, seed } = result;
  if (what === undefined) return undefined;
  if (seed === undefined) return { what };
  // The seed tried first was found after so many; any other one was counted up to.
  return { seed, seeds: seed === known?.seed ? known.seeds! : Number(seed), what };
}

function line(mutant: Mutant, found: Finding | undefined, result: Hunt): string {
  const name = mutant.name.padEnd(42);
  if (found === undefined) return `${name} NOT FOUND${result.broken ? `: ${result.broken}` : ""}\n`;
  const { seed, seeds, what } = found;
  const by = seed === undefined ? "by a test" : `seed ${seed}, ${seeds} tried`;
  return `${name} found  ${by.padEnd(24)} ${what}\n`;
}

/** What the sources as they are come to, by what was run: many mutants are exposed by the same. */
type CleanRuns = Map<string, Promise<Hunt>>;

/** Whether the sources as they are pass what a mutant does not. */
async function isCleanWithout(
  tree: SourceTree,
  mutant: Mutant,
  { seed }: Finding,
  cleanRuns: CleanRuns,
): Promise<boolean> {
  const { exposure } = mutant;
  const key = JSON.stringify([exposure, seed]);
  const run = cleanRuns.get(key) ?? hunt(tree, exposure, seed === undefined ? [] : [seed]);
  cleanRuns.set(key, run);
  const { what, broken } = await run;
  if (what === undefined && broken === undefined) return true;
  print(`${mutant.name}: fails without the mutant, too: ${what ?? broken}\n`);
  return false;
}

async function tryOne(tree: SourceTree, mutant: Mutant, seeds: Seeds): Promise<Hunt> {
  try {
    await tree.plant(mutant);
    return await hunt(tree, mutant.exposure, seeds);
  } catch (error) {
    if (!(error instanceof MutantStale)) throw error;
    return { what: undefined, broken: error.message };
  } finally {
    await tree.restore(mutant);
  }
}

/** Tries mutants until none is left; says of each whether it was found. */
async function work(
  left: Mutant[],
  options: MutantsOptions,
  known: Record<string, Finding>,
  cleanRuns: CleanRuns,
): Promise<boolean[]> {
  const tree = await SourceTree.copy(ROOT);
  const outcomes: boolean[] = [];
  try {
    for (let mutant = left.shift(); mutant !== undefined; mutant = left.shift()) {
      const before = known[mutant.name];
      const result = await tryOne(tree, mutant, seedsFor(before, options));
      const found = finding(result, before);
      print(line(mutant, found, result));
      const isFound = found !== undefined &&
        await isCleanWithout(tree, mutant, found, cleanRuns);
      if (isFound && options.record) known[mutant.name] = found;
      outcomes.push(isFound);
    }
  } finally {
    await tree.remove();
  }
  return outcomes;
}

async function main(args: readonly string[]): Promise<number> {
  const names = MUTANTS.map(({ name }) => name);
  const options = parseOptions(args, names, navigator.hardwareConcurrency);
  const { only, share } = options;
  const known: Known = await readKnown(ROOT);
  if (options.help || options.markdown) {
    print(options.help ? HELP : formatPage(MUTANTS, known));
    return 0;
  }
  const named = MUTANTS.filter(({ name }) => only.length === 0 || only.includes(name));
  const chosen = named.filter((_, index) => index % share.of === share.first);
  const left = [...chosen];
  // The processes under way are interrupted, too; what was copied is removed.
  Deno.addSignalListener("SIGINT", () => left.length = 0);
  const findings = { ...known };
  const clean: CleanRuns = new Map();
  const jobs = Array.from({ length: options.jobs }, () => work(left, options, findings, clean));
  const outcomes = (await Promise.all(jobs)).flat();
  if (options.record) await writeKnown(ROOT, findings, MUTANTS);
  const count = outcomes.filter((isFound) => isFound).length;
  print(`${count} of ${chosen.length} mutants found\n`);
  return count === chosen.length ? 0 : EXIT_NOT_FOUND;
}

if (import.meta.main) await runCommand(main);
