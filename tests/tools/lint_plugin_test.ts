import { assertEquals } from "@std/assert";
import plugin from "../../tools/lint_plugin.ts";

/** What the rules say about a module, as `rule: message`. */
function complaints(path: string, source: string): string[] {
  const diagnostics = Deno.lint.runPlugin(plugin, path, source);
  return diagnostics.map(({ id, message }) => `${id.replace("troupe/", "")}: ${message}`);
}

/** What is reported of the outside world in a module of a protocol. */
function leaks(source: string, path = "protocols/vr/replica.ts"): string[] {
  return complaints(path, source).map((complaint) => {
    const what = /^one-door: "(.*)" must not be used in/.exec(complaint);
    return what === null ? complaint : what[1]!;
  });
}

Deno.test("one-door reports every global through which the outside comes in", () => {
  const cases = [
    ["Date.now()", "Date"],
    ["new Date()", "Date"],
    ["performance.now()", "performance"],
    ["crypto.randomUUID()", "crypto"],
    ["setTimeout(run, 1)", "setTimeout"],
    ["setInterval(run, 1)", "setInterval"],
    ["setImmediate(run)", "setImmediate"],
    ["queueMicrotask(run)", "queueMicrotask"],
    ["fetch('http://x')", "fetch"],
    ["Deno.readTextFile('x')", "Deno"],
    ["new WeakRef(x)", "WeakRef"],
    ["new FinalizationRegistry(run)", "FinalizationRegistry"],
    ["Promise.resolve()", "Promise"],
    ["new Intl.NumberFormat()", "Intl"],
    ["const clock = performance", "performance"],
    ["f({ fetch })", "fetch"],
    ["f({ now: Date.now })", "Date"],
    ["x[Date.now()]", "Date"],
    ["class Timer { at = Date.now() }", "Date"],
  ] as const;
  for (const [source, what] of cases) assertEquals(leaks(source), [what], source);
  assertEquals(leaks("globalThis.setTimeout(run)"), ["globalThis"]);
});

Deno.test("one-door reports Math.random however it is reached, and no other function of Math", () => {
  assertEquals(leaks("Math.random()"), ["Math.random"]);
  assertEquals(leaks("Math['random']()"), ["Math.random"]);
  assertEquals(leaks("const { random } = Math"), ["Math.random"]);
  assertEquals(leaks("const { random: draw } = Math"), ["Math.random"]);
  assertEquals(leaks("Math.floor(context.random())"), []);
});

Deno.test("one-door reports what depends on the machine's language", () => {
  assertEquals(leaks("a.localeCompare(b)"), ["localeCompare"]);
  assertEquals(leaks("n.toLocaleString()"), ["toLocaleString"]);
  assertEquals(leaks("a.toLowerCase()"), []);
});

Deno.test("one-door reports every way to suspend", () => {
  assertEquals(leaks("async function f() {}"), ["async"]);
  assertEquals(leaks("const f = async () => {}"), ["async"]);
  assertEquals(leaks("class A { async f() {} }"), ["async"]);
  assertEquals(leaks("await f()"), ["async"]);
  assertEquals(leaks("for await (const x of y) f(x)"), ["async"]);
  assertEquals(leaks("import('./x.ts')"), ["import()"]);
});

Deno.test("one-door allows two pure functions of Node's modules, and nothing else of them", () => {
  assertEquals(leaks("import { hash } from 'node:crypto'"), []);
  assertEquals(leaks("import { crc32 } from 'node:zlib'"), []);
  assertEquals(leaks("import { crc32 as checksum } from 'node:zlib'"), []);
  assertEquals(leaks("import { hash, randomBytes } from 'node:crypto'"), [
    "randomBytes of node:crypto",
  ]);
  assertEquals(leaks("import { hash } from 'node:zlib'"), ["hash of node:zlib"]);
  assertEquals(leaks("import * as crypto from 'node:crypto'").includes("* of node:crypto"), true);
  assertEquals(leaks("import fs from 'node:fs'"), ["* of node:fs"]);
  assertEquals(leaks("import 'node:process'"), ["node:process"]);
});

Deno.test("one-door leaves names alone that are properties or types", () => {
  const sources = [
    "this.fetch(x)",
    "const message = { performance: 1, process: 2 }",
    "interface A { readonly fetch: number; process(): void }",
    "class A { fetch() {} readonly process = 1 }",
    "function f(at: Date): Promise<void> { return g(at) }",
    "type Handle = ReturnType<typeof setTimeout>",
    "const text = 'Date.now()' // Date.now()",
  ];
  for (const source of sources) assertEquals(leaks(source), [], source);
});

Deno.test("one-door lets each exception do what it needs, and no more", () => {
  const real = "actors/real_environment.ts";
  assertEquals(leaks("Date.now(); performance.now(); setTimeout(f, 1); setImmediate(f)", real), []);
  assertEquals(leaks("Math.random(); Deno.exit()", real), ["Math.random", "Deno"]);
  assertEquals(leaks("new Promise(f)", "actors/ask.ts"), []);
  assertEquals(leaks("async () => await f()", "actors/ask.ts"), ["async", "async"]);
  assertEquals(leaks("async () => await Promise.race(x)", "actors/shutdown.ts"), []);
  assertEquals(leaks("Date.now()", "actors/shutdown.ts"), ["Date"]);
  assertEquals(leaks("new Promise(f)", "actors/system.ts"), ["Promise"]);
});

Deno.test("one-door does not look at the edges of the project", () => {
  for (const path of ["cli/x.ts", "transport/x.ts", "storage/x.ts", "tests/actors/x_test.ts"]) {
    assertEquals(complaints(path, "await fetch(Date.now(), Math.random())"), []);
  }
});

Deno.test("no-module-state reports what a module keeps between two simulated nodes", () => {
  const state = ["no-module-state: A module must not have state"];
  const sources = [
    "let count = 0",
    "var count = 0",
    "export let count = 0",
    "const seen = new Map()",
    "const seen = new Set<string>()",
    "export const list: string[] = []",
    "const index: Record<string, number> = {}",
  ];
  for (const source of sources) {
    assertEquals(complaints("protocols/vr/x.ts", source), state, source);
    assertEquals(complaints("actors/x.ts", source), state, source);
    assertEquals(complaints("transport/x.ts", source), []);
  }
});

Deno.test("no-module-state leaves constants and the state of functions and objects alone", () => {
  const sources = [
    "const LIMIT = 5",
    "export const TAGS = new Map([['a', 1]])",
    "const WORDS = ['a', 'b'] as const",
    "const encoder = new TextEncoder()",
    "function f() { let count = 0; const seen = new Map(); return [count, seen] }",
    "class A { #seen = new Map() }",
    "for (let i = 0; i < 2; i++) f(i)",
  ];
  for (const source of sources) assertEquals(complaints("protocols/vr/x.ts", source), [], source);
});

/** What is said of an import from one module of another. */
function imports(path: string, specifier: string): string[] {
  return complaints(path, `import { x } from "${specifier}"`).map((complaint) =>
    complaint.replace("import-direction: ", "")
  );
}

Deno.test("import-direction lets imports point one way", () => {
  const allowed = [
    ["actors/system.ts", "./cell.ts"],
    ["protocols/vr/replica.ts", "../../actors/actor.ts"],
    ["protocols/vr/replica.ts", "../journal.ts"],
    ["protocols/vr/replica.ts", "./log.ts"],
    ["transport/tcp.ts", "../protocols/request.ts"],
    ["transport/http/server.ts", "../service.ts"],
    ["storage/disk.ts", "../actors/actor.ts"],
    ["sim/world.ts", "../transport/memory.ts"],
    ["sim/world.ts", "../storage/memory_disk.ts"],
    ["sim/world.ts", "../protocols/vr/replica.ts"],
    ["cli/node.ts", "../sim/world.ts"],
    ["cli/kv.ts", "../deno.json"],
    ["tests/actors/x_test.ts", "../../cli/node.ts"],
    ["mod.ts", "./protocols/vr/replica.ts"],
    ["examples/bank.ts", "../mod.ts"],
  ] as const;
  for (const [path, specifier] of allowed) assertEquals(imports(path, specifier), [], path);
});

Deno.test("import-direction reports an import that points the other way", () => {
  const refused = [
    ["actors/system.ts", "../protocols/journal.ts", "actors/ must not import protocols/"],
    ["protocols/vr/replica.ts", "../../transport/tcp.ts", "protocols/ must not import transport/"],
    ["protocols/journal.ts", "../storage/disk.ts", "protocols/ must not import storage/"],
    ["transport/tcp.ts", "../storage/disk.ts", "transport/ must not import storage/"],
    ["storage/disk.ts", "../cli/node.ts", "storage/ must not import cli/"],
    ["sim/world.ts", "../cli/node.ts", "sim/ must not import cli/"],
    ["cli/node.ts", "../tests/support.ts", "cli/ must not import tests/"],
    ["protocols/vr/replica.ts", "../../mod.ts", "protocols/ must not import mod.ts"],
  ] as const;
  for (const [path, specifier, message] of refused) {
    assertEquals(imports(path, specifier), [message]);
  }
});

Deno.test("import-direction reports types and re-exports, too", () => {
  const message = ["import-direction: actors/ must not import protocols/"];
  for (
    const source of [
      "import type { Journal } from '../protocols/journal.ts'",
      "export { x } from '../protocols/journal.ts'",
      "export * from '../protocols/journal.ts'",
    ]
  ) assertEquals(complaints("actors/x.ts", source), message, source);
  const lazily = complaints("transport/x.ts", "await import('../cli/node.ts')");
  assertEquals(lazily, ["import-direction: transport/ must not import cli/"]);
});

Deno.test("import-direction keeps protocols apart, but for the master's", () => {
  assertEquals(imports("protocols/gossip/node.ts", "../vr/log.ts"), [
    "protocols/gossip/ must not import protocols/vr/",
  ]);
  assertEquals(imports("protocols/journal.ts", "./vr/log.ts"), [
    "What protocols share must not import protocols/vr/",
  ]);
  for (const protocol of ["chain", "hermes"]) {
    assertEquals(imports(`protocols/${protocol}/node.ts`, "../vr/log.ts"), [
      `protocols/${protocol}/ must not import protocols/vr/`,
    ]);
    assertEquals(imports(`protocols/${protocol}/node.ts`, "../master/messages.ts"), []);
  }
  assertEquals(imports("protocols/master/master.ts", "../vr/replica.ts"), []);
});

Deno.test("import-direction keeps packages out of the core, and the standard library in its place", () => {
  assertEquals(imports("protocols/vr/x.ts", "hono"), [
    'protocols/ must not import packages: "hono"',
  ]);
  assertEquals(imports("transport/http/x.ts", "hono"), []);
  assertEquals(imports("transport/x.ts", "@std/cli"), [
    'Only cli/, tests/, bench/, tools/, examples/ may import "@std/cli"',
  ]);
  for (const path of ["cli/x.ts", "tests/x_test.ts", "bench/x.ts", "tools/x.ts", "examples/x.ts"]) {
    assertEquals(imports(path, "@std/cli"), []);
  }
});

Deno.test("error-message reports a message that is not in the form of the house", () => {
  const capital = ["error-message: The message of an error begins with a capital"];
  const period = ["error-message: The message of an error has no period at its end"];
  const contraction = ["error-message: The message of an error has no contractions"];
  const cases: [string, string[]][] = [
    ["throw new Error('cannot do it')", capital],
    ["throw new RangeError('Cannot do it.')", period],
    ["throw new TypeError('Value isn\\'t a number')", contraction],
    ["throw new Error(`cannot do it: ${x}`)", capital],
    ["throw new Error(`Cannot do ${x} at all.`)", period],
    ["throw new TroupeError('some_code', 'cannot do it')", capital],
    ["class A extends TroupeError { constructor() { super('a', 'cannot') } }", capital],
    ["class A extends Error { constructor() { super('cannot') } }", capital],
  ];
  for (const [source, expected] of cases) {
    assertEquals(complaints("storage/x.ts", source), expected, source);
    assertEquals(complaints("tests/x_test.ts", source), []);
  }
});

Deno.test("error-message leaves alone what it cannot judge", () => {
  const sources = [
    "throw new Error(`Cannot do it: ${x}`)",
    "throw new Error(`${count} bytes left over`)",
    "throw new Error('\"x\" is no name')",
    "throw new Error('And so on...')",
    "throw new Error(message)",
    "throw new Error()",
    "throw new TroupeError('some_code', 'Cannot do it')",
    "throw new KvError('a part of a message')",
    "class A extends KvError { constructor() { super('a part') } }",
    "class A extends TroupeError { f() { return new Map('lower') } }",
  ];
  for (const source of sources) assertEquals(complaints("storage/x.ts", source), [], source);
});
