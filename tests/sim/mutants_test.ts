import { assert, assertEquals, assertThrows } from "@std/assert";
import { formatTable } from "../../cli/mutants/known.ts";
import { parseOptions } from "../../cli/mutants/options.ts";
import { ConfigError } from "../../cli/config.ts";
import { MUTANTS } from "../../sim/mutants/catalogue.ts";
import known from "../../sim/mutants/known.json" with { type: "json" };
import {
  CHAIN_SWARM,
  filesOf,
  inFile,
  type Mutant,
  MutantStale,
  planted,
  SWARM,
} from "../../sim/mutants/mutant.ts";
import { SIM_PROTOCOLS } from "../../sim/plan.ts";

const ROOT = new URL("../../", import.meta.url);
const MAY_READ = Deno.permissions.querySync({ name: "read", path: ROOT }).state === "granted";

function mutantOf(...replacements: [string, string][]): Mutant {
  return { name: "a", undoes: "b", edits: inFile("f.ts", ...replacements), exposure: SWARM };
}

function read(path: string): string {
  return Deno.readTextFileSync(new URL(path, ROOT));
}

Deno.test({
  name: "Every mutant's text stands exactly once in its file, and changes it",
  ignore: !MAY_READ,
  fn() {
    for (const mutant of MUTANTS) {
      for (const file of filesOf(mutant)) {
        const source = read(file);
        assert(planted(mutant, file, source) !== source, mutant.name);
      }
    }
  },
});

Deno.test({
  name: "Every test that exposes a mutant is there, by its name",
  ignore: !MAY_READ,
  fn() {
    for (const { name, exposure } of MUTANTS) {
      if (exposure.type === "swarm") continue;
      const { file, filter = "" } = exposure;
      assert(read(file).includes(filter), `${name}: ${file}, "${filter}"`);
    }
  },
});

Deno.test({
  name: "docs/mutants.md tells of every mutant (deno task mutants --markdown)",
  ignore: !MAY_READ,
  fn() {
    const page = read("docs/mutants.md");
    for (const { name } of MUTANTS) assert(page.includes(`| \`${name}\` `), name);
  },
});

Deno.test("The names of mutants are unique, and each is known to be exposed by something", () => {
  const names = MUTANTS.map(({ name }) => name);
  assertEquals(new Set(names).size, names.length);
  for (const name of names) assert(/^[a-z]+(-[a-z]+)*$/.test(name), name);
  assertEquals(Object.keys(known), names);
});

Deno.test("At least 25 mutants are exposed by the swarm of each protocol", () => {
  const swarms = MUTANTS.flatMap(({ exposure }) => exposure.type === "swarm" ? [exposure] : []);
  for (const name of SIM_PROTOCOLS) {
    assert(swarms.filter(({ protocol = "vr" }) => protocol === name).length >= 25, name);
  }
});

Deno.test("planted() replaces what stands there once, and refuses to guess", () => {
  const source = "one two two three";
  assertEquals(planted(mutantOf(["one", "1"], ["three", "$&"]), "f.ts", source), "1 two two $&");
  assertEquals(planted(mutantOf(["one", "1"]), "g.ts", source), source);
  for (const text of ["two", "four"]) {
    assertThrows(() => planted(mutantOf([text, ""]), "f.ts", source), MutantStale);
  }
});

Deno.test("formatTable() has a row for each mutant, with the seed and what fired", () => {
  const table = formatTable([mutantOf()], { a: { seed: "7", seeds: 3, what: "x | y" } });
  assertEquals(table.split("\n")[2], "| `a` | b | seed 7 | 3 | x \\| y |");
  const ofChain = { ...mutantOf(), exposure: CHAIN_SWARM };
  const row = formatTable([ofChain], { a: { seed: "7", seeds: 3, what: "x" } }).split("\n")[2];
  assertEquals(row, "| `a` | b | seed 7 --protocol chain | 3 | x |");
});

Deno.test("parseOptions() takes names of mutants that there are, and no others", () => {
  const options = parseOptions(["--only", "a,b", "--seeds", "60"], ["a", "b", "c"], 2);
  assertEquals([options.only, options.seeds, options.jobs], [["a", "b"], 60, 2]);
  assertEquals(parseOptions([], ["a"], 2).only, []);
  assertThrows(() => parseOptions(["--only", "a,d"], ["a"], 2), ConfigError, "--only");
});

Deno.test("parseOptions() takes a share of the mutants, and none that is not one", () => {
  assertEquals(parseOptions(["--share", "1/4"], [], 2).share, { first: 1, of: 4 });
  assertEquals(parseOptions([], [], 2).share, { first: 0, of: 1 });
  for (const wrong of ["4/4", "1", "-1/2", "1/0"]) {
    assertThrows(() => parseOptions(["--share", wrong], [], 2), ConfigError, "--share");
  }
});
