import { assert, assertEquals, assertStringIncludes } from "@std/assert";
import { EXIT_CODES } from "../../cli/kv/exit.ts";
import { GLOBAL_FLAGS } from "../../cli/kv/table.ts";
import { VERBS } from "../../cli/kv/verbs.ts";
import { FakeCluster } from "./fake_cluster.ts";
import { kv } from "./fake_io.ts";

const cluster = new FakeCluster();

Deno.test("kv help names every verb, flag of all verbs and exit code", async () => {
  const { code, stdout } = await kv(cluster, ["help"]);
  assertEquals(code, 0);
  for (const { name, summary } of VERBS) {
    assert(new RegExp(`^  ${name}\\b.*  ${summary}$`, "m").test(stdout), name);
  }
  for (const { name } of GLOBAL_FLAGS) assertStringIncludes(stdout, `--${name}`);
  for (const [exitCode, text] of EXIT_CODES) {
    assert(new RegExp(`^  ${exitCode} +${text}$`, "m").test(stdout), text);
  }
  assertEquals((await kv(cluster, ["--help"])).stdout, stdout);
});

Deno.test("kv help fits into 100 columns", async () => {
  for (const words of [[], ...VERBS.map(({ name }) => [name]), ["admin", "crash"]]) {
    for (const line of (await kv(cluster, ["help", ...words])).stdout.split("\n")) {
      assert(line.length <= 100, line);
    }
  }
});

for (const verb of VERBS) {
  Deno.test(`kv help ${verb.name} names its arguments and flags, as does --help`, async () => {
    const { code, stdout } = await kv(cluster, ["help", verb.name]);
    assertEquals(code, 0);
    assertStringIncludes(stdout, `kv ${verb.name}: ${verb.summary}\n`);
    for (const { name, help } of verb.flags) {
      assertStringIncludes(stdout, `--${name}`);
      assertStringIncludes(stdout, help);
    }
    for (const { name } of verb.arguments) assertStringIncludes(stdout, name);
    assertEquals((await kv(cluster, [verb.name, "--help"])).stdout, stdout);
    assertEquals((await kv(cluster, ["-h", verb.name])).stdout, stdout);
  });
}

Deno.test("kv help reaches the verbs of admin", async () => {
  const { stdout } = await kv(cluster, ["help", "admin", "crash"]);
  assertStringIncludes(stdout, "kv admin crash ACTOR [FLAGS]");
  assertEquals((await kv(cluster, ["admin", "crash", "--help"])).stdout, stdout);
  const unknown = await kv(cluster, ["help", "admin", "crush"]);
  assertEquals(unknown.code, 2);
  assertStringIncludes(unknown.stderr, 'did you mean "crash"?');
});

Deno.test("kv without a verb shows help on stderr and exits with 2", async () => {
  const { code, stdout, stderr } = await kv(cluster, []);
  assertEquals([code, stdout], [2, ""]);
  assertStringIncludes(stderr, "Usage:");
});

const MISTAKES: readonly (readonly [string[], string, string])[] = [
  [["gte", "k"], 'Unknown verb "gte"; did you mean "get"?', "kv help"],
  [["stat"], 'Unknown verb "stat"; did you mean "status"?', "kv help"],
  [["frobnicate"], 'Unknown verb "frobnicate"', "kv help"],
  [["admin", "crush", "x"], 'Unknown verb "crush" of "admin"; did you mean "crash"?', "admin"],
  [["admin"], "VERB is missing; usage: kv admin VERB", "kv help admin"],
  [["get"], "KEY is missing; usage: kv get KEY", "kv help get"],
  [["get", "a", "b"], 'One word too many: "b" (quote a value with spaces)', "kv help get"],
  [["put", "k", "v", "--fiel", "x"], 'Unknown flag --fiel of "put"; did you mean "--file"?', "put"],
  [["get", "k", "--zzz=1"], 'Unknown flag --zzz of "get"', "kv help get"],
  [["get", "k", "-z"], 'Unknown flag -z of "get"', "kv help get"],
  [["get", "k", "--revision", "1"], 'Unknown flag --revision of "get"', "kv help get"],
  [["get", "k", "--timeout"], "Flag --timeout needs a value: --timeout DURATION", "kv help get"],
  [["get", "k", "--timeout", "5"], 'such as 500ms, 10s or 1m, not "5"', "kv help get"],
  [["get", "k", "--timeout", "0s"], 'not "0s"', "kv help get"],
  [["get", "k", "--node", "one"], '--node is an integer of at least 0, not "one"', "kv help get"],
  [["get", "k", "--node", "-1"], '--node is an integer of at least 0, not "-1"', "kv help get"],
  [["get", "k", "-o", "yaml"], '--output is one of table, json, not "yaml"', "kv help get"],
  [["get", "k", "--consistency=stal"], 'did you mean "stale"?', "kv help get"],
  [["get", "k", "--json=maybe"], 'Flag --json takes no value, got "maybe"', "kv help get"],
  [["scan", "--limit", "0"], '--limit is an integer of at least 1, not "0"', "kv help scan"],
  [["completion", "tcsh"], 'SHELL is one of bash, zsh, fish, not "tcsh"', "kv help completion"],
];
for (const [args, message, topic] of MISTAKES) {
  Deno.test(`kv ${args.join(" ")} is refused before anything is sent`, async () => {
    const fresh = new FakeCluster();
    const { code, stdout, stderr } = await kv(fresh, args);
    assertEquals([code, stdout, fresh.calls.length], [2, "", 0]);
    const [first, second] = stderr.split("\n");
    assertStringIncludes(first!, message);
    assertStringIncludes(second!, topic);
  });
}

Deno.test("kv reports usage errors as JSON too", async () => {
  const { code, stderr } = await kv(cluster, ["get", "k", "--json", "--timeout", "soon"]);
  const { error } = JSON.parse(stderr);
  assertEquals([code, error.code, error.exitCode], [2, "usage", 2]);
});

Deno.test("kv takes flags anywhere, words after switches as words, and the last of two", async () => {
  const fresh = new FakeCluster();
  fresh.store.set("true", "x");
  const { code, stdout } = await kv(fresh, ["-ojson", "--json", "get", "--json", "true"]);
  assertEquals([code, JSON.parse(stdout).key], [0, "true"]);
  const last = await kv(fresh, ["get", "true", "-o=json", "--output", "table"]);
  assertStringIncludes(last.stdout, "REVISION");
  const off = await kv(fresh, ["get", "true", "--json=false"]);
  assertEquals(off.stdout, "x");
});

Deno.test("kv version prints the version of the project", async () => {
  const { version } = JSON.parse((await kv(cluster, ["version", "--json"])).stdout);
  assertEquals((await kv(cluster, ["version"])).stdout, `kv ${version}\n`);
});
