/**
 * What is known to expose each mutant: found once, tried first ever after. A seed means the same only
 * to the same version of the code, so what is known may grow stale; then others are tried.
 *
 * @module
 */
import type { Mutant } from "../../sim/mutants/mutant.ts";
import type { GivenPlan } from "../../sim/plan.ts";

/** What has exposed a mutant. */
export interface Finding {
  /** Absent if a test did. */
  readonly seed?: string;
  /** How many seeds it took, from the first on. */
  readonly seeds?: number;
  /** What fired. */
  readonly what: string;
}

/** By the name of the mutant. */
export type Known = Readonly<Record<string, Finding>>;

/** Where findings are kept, from the root of the project. */
export const KNOWN_FILE = "sim/mutants/known.json";

/** Reads what is known. */
export async function readKnown(root: string): Promise<Known> {
  return JSON.parse(await Deno.readTextFile(`${root}/${KNOWN_FILE}`));
}

/** Writes what is known of the mutants that there are. */
export async function writeKnown(
  root: string,
  known: Known,
  mutants: readonly Mutant[],
): Promise<void> {
  const kept = mutants.filter(({ name }) => known[name]).map(({ name }) => [name, known[name]]);
  const text = JSON.stringify(Object.fromEntries(kept), null, 2);
  await Deno.writeTextFile(`${root}/${KNOWN_FILE}`, `${text}\n`);
}

/** The page about them, in Markdown. */
export function formatPage(mutants: readonly Mutant[], known: Known): string {
  const ofTests = mutants.filter(({ exposure }) => exposure.type === "test").length;
  return "# Planted bugs\n\n" +
    "What [deno task mutants](simulation.md#proof-that-the-checks-can-fail) plants, and what finds it: " +
    `the simulator ${
      mutants.length - ofTests
    } of them, by the seed and after as many seeds as it says, ` +
    `and tests the other ${ofTests}. Seeds mean the same only to the same version of the code; ` +
    "`deno task mutants --record` finds new ones, and " +
    "`deno task mutants --markdown > docs/mutants.md` writes this page.\n\n" +
    formatTable(mutants, known);
}

/** The findings as a table in Markdown. */
export function formatTable(mutants: readonly Mutant[], known: Known): string {
  const rows = mutants.map(({ name, undoes, exposure }) => {
    const { seed, seeds, what } = known[name] ?? { what: "" };
    const by = exposure.type === "test" ? exposure.file : `seed ${seed}${describe(exposure)}`;
    const cells = [`\`${name}\``, undoes, by, seeds === undefined ? "" : String(seeds), what];
    return `| ${cells.map((cell) => cell.replaceAll("|", "\\|")).join(" | ")} |\n`;
  });
  return "| mutant | what it undoes | exposed by | seeds | what fires |\n" +
    "| --- | --- | --- | --- | --- |\n" + rows.join("");
}

/** What was not drawn from the seed. */
function describe({ protocol, nodes, durability }: GivenPlan): string {
  const flags = [
    protocol === undefined ? "" : ` --protocol ${protocol}`,
    nodes === undefined ? "" : ` --nodes ${nodes}`,
    durability === undefined ? "" : ` --durability ${durability}`,
  ];
  return flags.join("");
}
