import { assert, assertEquals } from "@std/assert";
import { RareBranches } from "../../sim/rare_branches.ts";
import { RARE_SITES } from "../../sim/rare_sites.ts";
import { runSeed } from "../../sim/swarm.ts";

const ROOT = new URL("../../", import.meta.url);

async function* sources(folder: URL): AsyncGenerator<URL> {
  for await (const { name, isDirectory } of Deno.readDir(folder)) {
    if (isDirectory) yield* sources(new URL(`${name}/`, folder));
    else if (name.endsWith(".ts")) yield new URL(name, folder);
  }
}

Deno.test({
  name: "RARE_SITES lists every place that asks for a rare branch",
  ignore: Deno.permissions.querySync({ name: "read", path: ROOT }).state !== "granted",
}, async () => {
  const found = new Set<string>();
  for (const area of ["actors", "protocols", "storage", "transport"]) {
    for await (const url of sources(new URL(`${area}/`, ROOT))) {
      const text = await Deno.readTextFile(url);
      for (const [, label] of text.matchAll(/\.maybe\(\s*"([^"]+)"/g)) found.add(label!);
    }
  }
  assertEquals([...found].sort(), [...RARE_SITES]);
});

Deno.test("RareBranches.take() forces some of the sites of a run, and some of the times", () => {
  const taken = new Set<number>();
  for (let seed = 1n; seed <= 100n; seed++) {
    const branches = new RareBranches(seed, true);
    for (let time = 0; time < 100; time++) branches.take("a");
    const figures = branches.figures.get("a")!;
    assertEquals(figures.reached, 100);
    taken.add(Math.ceil(figures.taken / 20));
  }
  // Off, seldom, and about half of the times.
  for (const level of [0, 1, 3]) assert(taken.has(level), [...taken].join());
});

Deno.test("RareBranches.take() forces nothing when it is off, or when it was stopped", () => {
  for (let seed = 1n; seed <= 50n; seed++) {
    const off = new RareBranches(seed, false);
    const stopped = new RareBranches(seed, true);
    stopped.stop();
    for (let time = 0; time < 50; time++) {
      assertEquals([off.take("a"), stopped.take("a")], [false, false]);
    }
    assertEquals(off.figures.get("a"), { reached: 50, taken: 0 });
  }
});

Deno.test("runSeed() tells of the rare branches that it forced", () => {
  let taken = 0;
  for (let seed = 1n; seed <= 6n; seed++) {
    for (const [label, figures] of runSeed(seed).rare) {
      assert(RARE_SITES.includes(label), label);
      taken += figures.taken;
    }
  }
  assert(taken > 0);
});
