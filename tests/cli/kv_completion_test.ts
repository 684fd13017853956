import { assert, assertEquals, assertStringIncludes } from "@std/assert";
import { GLOBAL_FLAGS, type Verb } from "../../cli/kv/table.ts";
import { VERBS } from "../../cli/kv/verbs.ts";
import { FakeCluster } from "./fake_cluster.ts";
import { kv } from "./fake_io.ts";

async function script(shell: string): Promise<string> {
  const { code, stdout } = await kv(new FakeCluster(), ["completion", shell]);
  assertEquals(code, 0);
  return stdout;
}

function everyVerb(verbs: readonly Verb[]): readonly Verb[] {
  return verbs.flatMap((verb) => [verb, ...everyVerb(verb.verbs ?? [])]);
}

const noRun = (command: string) =>
  Deno.permissions.querySync({ name: "run", command }).state !== "granted";

for (const shell of ["bash", "zsh", "fish"]) {
  Deno.test(`kv completion ${shell} knows every verb and every flag`, async () => {
    const text = await script(shell);
    for (const { name, flags } of everyVerb(VERBS)) {
      assert(new RegExp(`\\b${name}\\b`).test(text), name);
      for (const flag of [...flags, ...GLOBAL_FLAGS]) {
        assertStringIncludes(text, shell === "fish" ? `-l ${flag.name}` : `--${flag.name}`);
      }
    }
  });
}

/** What bash offers when Tab is pressed after the last of these words. */
async function offered(...words: string[]): Promise<string[]> {
  const quoted = words.map((word) => `'${word}'`).join(" ");
  const program = `${await script("bash")}
    compopt() { :; }
    COMP_WORDS=(${quoted}); COMP_CWORD=${words.length - 1}; _kv; printf '%s\\n' "\${COMPREPLY[@]}"`;
  const { code, stdout, stderr } = await new Deno.Command("bash", {
    args: ["--norc", "-c", program],
    cwd: new URL("../..", import.meta.url),
  }).output();
  assertEquals([code, new TextDecoder().decode(stderr)], [0, ""]);
  return new TextDecoder().decode(stdout).split("\n").filter((line) => line !== "");
}

Deno.test({
  name: "kv completion bash is a script that bash can read",
  ignore: noRun("bash"),
  async fn() {
    const child = new Deno.Command("bash", { args: ["-n"], stdin: "piped", stderr: "piped" })
      .spawn();
    const writer = child.stdin.getWriter();
    await writer.write(new TextEncoder().encode(await script("bash")));
    await writer.close();
    const { code, stderr } = await child.output();
    assertEquals([code, new TextDecoder().decode(stderr)], [0, ""]);
  },
});

Deno.test({
  name: "kv completion bash offers what fits",
  ignore: noRun("bash"),
  async fn() {
    assertEquals(
      (await offered("kv", "s")).toSorted(),
      ["sadd", "scan", "size", "smembers", "srem", "status"],
    );
    assertEquals(await offered("kv", "get", "--level", ""), ["local", "one", "quorum", "all"]);
    assertEquals(
      await offered("kv", "admin", ""),
      [
        ...["actors", "add", "chain", "crash", "leave", "members", "metrics", "ready"],
        ...["rebalance", "remove", "show"],
      ],
    );
    assertEquals(await offered("kv", "log", "t"), ["trim"]);
    assertEquals(await offered("kv", "help", "w"), ["watch-status"]);
    assertEquals(await offered("kv", "cas", "k", "v", "--a"), ["--absent"]);
    assertEquals(await offered("kv", "get", "k", "--a"), []);
    assertEquals(await offered("kv", "--node", "2", "sc"), ["scan"]);
    assertEquals(await offered("kv", "get", "k", "-o", ""), ["table", "json"]);
    assertEquals(await offered("kv", "--consistency", "s"), ["stale"]);
    assertEquals(await offered("kv", "completion", ""), ["bash", "zsh", "fish"]);
    assertEquals(await offered("kv", "get", ""), []);
    assertEquals(await offered("kv", "put", "k", "--file", "deno.js"), ["deno.json"]);
  },
});
