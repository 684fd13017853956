import { assert, assertEquals, assertStringIncludes, assertThrows } from "@std/assert";
import { TroupeError } from "../../actors/errors.ts";
import { prepareData } from "../../cli/cluster/data_directory.ts";
import { LineSplitter } from "../../cli/cluster/lines.ts";
import { introduction } from "../../cli/cluster/introduction.ts";
import { HELP, parseClusterFlags } from "../../cli/cluster/options.ts";
import { findPortProblems } from "../../cli/cluster/ports.ts";
import { TableChanges } from "../../cli/cluster/status_table.ts";
import { Terminal } from "../../cli/cluster/terminal.ts";
import { ConfigError, defaultConfig, parseConfig } from "../../cli/config.ts";
import { onStopRequest } from "../../cli/signals.ts";
import { FakeClock } from "./fake_clock.ts";

const granted = (name: "read" | "write" | "net" | "run") =>
  Deno.permissions.querySync({ name }).state === "granted";

Deno.test("LineSplitter.push() finds lines, whatever the pieces", () => {
  const text = "one\r\ntwo\n\nthrée\nlast";
  for (const step of [1, 2, 3, 100]) {
    const lines: string[] = [];
    const splitter = new LineSplitter((line) => lines.push(line));
    const bytes = new TextEncoder().encode(text);
    for (let at = 0; at < bytes.length; at += step) splitter.push(bytes.subarray(at, at + step));
    splitter.end();
    splitter.end();
    assertEquals(lines, ["one", "two", "", "thrée", "last"]);
  }
});

Deno.test("LineSplitter.push() cuts a line that does not end", () => {
  const lengths: number[] = [];
  const splitter = new LineSplitter((line) => lengths.push(line.length));
  splitter.push(new Uint8Array(150_000).fill(97));
  splitter.end();
  assertEquals(lengths, [65_536, 65_536, 18_928]);
});

Deno.test("Terminal.nodeLine() colours names only if it may", () => {
  let text = "";
  const write = (piece: string) => text += piece;
  new Terminal(write, { colours: false }).nodeLine(1, "hello");
  new Terminal(write, { colours: true }).nodeLine(1, "hello");
  assertEquals(text, "node 1 | hello\n\x1b[33mnode 1 |\x1b[0m hello\n");
});

Deno.test("TableChanges.take() gives a table that two looks agree on, once", () => {
  const changes = new TableChanges();
  const looks = ["a", "a", "a", "b", "a", "b", "b", "a", "a"];
  assertEquals(looks.map((table) => changes.take(table)), [
    ...[null, "a", null, null, null, null, "b", null, "a"],
  ]);
});

Deno.test({
  name: "findPortProblems() says which port of which node is taken, and leaves the others free",
  ignore: !granted("net"),
  fn() {
    const listen = () => Deno.listen({ port: 0, hostname: "127.0.0.1" });
    const held = Array.from({ length: 6 }, listen);
    const [a, b, c, d, e, f] = held.map(({ addr }) => `127.0.0.1:${(addr as Deno.NetAddr).port}`);
    const config = parseConfig(
      `replicas_addresses: ["${a}", "${b}"]\nhttp_addresses: ["${c}", "${d}"]\nresp_addresses: ["${e}", "${f}"]`,
      "c.yaml",
    );
    held[0]!.close();
    held[2]!.close();
    held[4]!.close();
    const taken = { node: 1, why: "the port is taken by another process" };
    const expected = [
      { ...taken, purpose: "HTTP", address: d! },
      { ...taken, purpose: "peers", address: b! },
      { ...taken, purpose: "RESP", address: f! },
    ];
    for (let twice = 0; twice < 2; twice++) {
      assertEquals(findPortProblems(config) as unknown, expected);
    }
    held[1]!.close();
    held[3]!.close();
    held[5]!.close();
  },
});

Deno.test({
  name: "findPortProblems() says that an address belongs to another machine",
  ignore: !granted("net"),
  fn() {
    const config = parseConfig(
      "replicas_addresses: ['192.0.2.1:7200']\ninsecure: true",
      "c.yaml",
    );
    const [problem] = findPortProblems(config);
    assertEquals(problem?.why, "it is no address of this machine");
  },
});

function withData(fn: (data: string) => void): () => void {
  return () => {
    const data = Deno.makeTempDirSync();
    try {
      fn(data);
    } finally {
      Deno.removeSync(data, { recursive: true });
    }
  };
}

const names = (data: string) => [...Deno.readDirSync(data)].map(({ name }) => name).sort();

Deno.test({
  name: "prepareData() creates the directory, and refuses it to a cluster of another size later",
  ignore: !granted("write") || !granted("read"),
  fn: withData((parent) => {
    const data = `${parent}/a/b`;
    prepareData(defaultConfig({ data }), { fresh: false });
    prepareData(defaultConfig({ data }), { fresh: false });
    const error = assertThrows(
      () => prepareData(defaultConfig({ data, nodes: 5 }), { fresh: false }),
      TroupeError,
    );
    assertEquals(error.code, "data_mismatch");
    assertStringIncludes(error.message, "nodes 3, not 5");
  }),
});

Deno.test({
  name: "prepareData() refuses data of another number of chains, or of another state machine",
  ignore: !granted("write") || !granted("read"),
  fn: withData((data) => {
    const chain = { data, protocol: "chain" };
    prepareData(defaultConfig({ ...chain, volumes: 4 }), { fresh: false });
    prepareData(defaultConfig({ ...chain, volumes: 4 }), { fresh: false });
    const refusal = (options: Parameters<typeof defaultConfig>[0]) =>
      assertThrows(() => prepareData(defaultConfig(options), { fresh: false }), TroupeError)
        .message;
    assertStringIncludes(refusal(chain), "volumes 4, not 1");
    assertStringIncludes(
      refusal({ ...chain, volumes: 4, stateMachine: "log" }),
      "stateMachine kv, not log",
    );
  }),
});

Deno.test({
  name: "prepareData() deletes the nodes' data when fresh, and nothing else",
  ignore: !granted("write") || !granted("read"),
  fn: withData((data) => {
    prepareData(defaultConfig({ data }), { fresh: false });
    for (const name of ["node-0", "node-12", "node-x"]) {
      Deno.mkdirSync(`${data}/${name}/log`, { recursive: true });
    }
    Deno.writeTextFileSync(`${data}/notes.txt`, "mine");
    prepareData(defaultConfig({ data, nodes: 5 }), { fresh: true });
    assertEquals(names(data), ["cluster.json", "node-x", "notes.txt"]);
    assertStringIncludes(Deno.readTextFileSync(`${data}/cluster.json`), '"nodes":5');
  }),
});

Deno.test({
  name: "prepareData() says why a directory cannot be used",
  ignore: !granted("write") || !granted("read"),
  fn: withData((parent) => {
    Deno.writeTextFileSync(`${parent}/file`, "");
    Deno.writeTextFileSync(`${parent}/cluster.json`, "{");
    for (const data of [`${parent}/file`, parent]) {
      const use = () => prepareData(defaultConfig({ data }), { fresh: false });
      assertEquals(assertThrows(use, TroupeError).code, "data_unusable");
    }
  }),
});

const noFile = (path: string): string => {
  throw new Deno.errors.NotFound(path);
};

Deno.test("parseClusterFlags() starts three nodes with fault injection by default", () => {
  const options = parseClusterFlags([], noFile);
  assert(options !== null);
  assertEquals([options.fresh, options.dev], [false, true]);
  assertEquals(options.config, defaultConfig());
  assertEquals(
    options.nodeFlags.join(" "),
    "--nodes 3 --base-port 7100 --data ./data/cluster-vr --protocol vr --durability disk",
  );
});

Deno.test("parseClusterFlags() passes on what nodes need to come to the same configuration", () => {
  const options = parseClusterFlags(
    "--nodes 5 --base-port 9000 --data /d --protocol vr --fresh --no-dev --machine m.ts".split(" "),
    noFile,
  );
  assertEquals(options, {
    config: defaultConfig({ nodes: 5, basePort: 9_000, data: "/d", protocol: "vr" }),
    nodeFlags: "--nodes 5 --base-port 9000 --data /d --protocol vr --durability disk --machine m.ts"
      .split(" "),
    machine: "m.ts",
    fresh: true,
    dev: false,
  });
});

Deno.test("parseClusterFlags() reads a configuration file", () => {
  const text = "replicas_addresses: [localhost:7200]";
  const options = parseClusterFlags(
    ["--config", "my.yaml"],
    (path) => path === "my.yaml" ? text : "",
  );
  assertEquals(options?.nodeFlags, ["--config", "my.yaml"]);
  assertEquals(options?.config, parseConfig(text, "my.yaml"));
});

Deno.test("parseClusterFlags() asks for help, which names every flag", () => {
  assertEquals(parseClusterFlags(["--help"], noFile), null);
  for (
    const flag of [
      "nodes",
      "protocol",
      "durability",
      "data",
      "config",
      "base-port",
      "fresh",
      "no-dev",
    ]
  ) {
    assertStringIncludes(HELP, `--${flag}`);
  }
});

function introductionOf(line: string): string {
  const args = line.split(" ").filter((word) => word !== "");
  return introduction(parseClusterFlags(args, noFile)!);
}

Deno.test("introduction() names a command that reaches every node", () => {
  assertStringIncludes(introductionOf(""), "\n  deno task kv put greeting hello\n");
  const elsewhere = "deno task kv --endpoints http://127.0.0.1:9000,9001,9002 put greeting hello";
  assertStringIncludes(introductionOf("--base-port 9000"), elsewhere);
  assertStringIncludes(introductionOf("--base-port 9000"), "curl http://127.0.0.1:9002/v1/kv/");
  assertStringIncludes(introductionOf("--nodes 1"), "--endpoints http://127.0.0.1:7100 put");
});

Deno.test("introduction() offers commands of a state machine of one's own, and no keys", () => {
  const text = introductionOf("--machine bank.ts");
  assertStringIncludes(text, "curl -X POST --data COMMAND http://127.0.0.1:7100/v1/commands");
  assert(!text.includes("greeting"));
});

/** Command lines and the error of each. */
const WRONG: readonly (readonly [string, string])[] = [
  ["--nodes 0", "--nodes: Must be 1 to 7; is 0"],
  ["--nodes many", '--nodes: Must be a whole number; is "many"'],
  ["--base-port 65500", "--base-port: Must be 1 to 65329; is 65500"],
  ["--protocol raft", '--protocol: Must be one of vr, chain, hermes, gossip; is "raft"'],
  ["--data=", "--data: Must be a text"],
  ["--node 3", '--node: Is not an option; did you mean "--nodes"?'],
  ["start", 'Cannot use the argument "start"'],
  ["--config none.yaml", '--config: Cannot read "none.yaml": there is no such file'],
  ["--config c.yaml --nodes 3", "--nodes: Cannot be given along with --config"],
];

for (const [line, expected] of WRONG) {
  Deno.test(`parseClusterFlags() refuses ${line}`, () => {
    const error = assertThrows(() => parseClusterFlags(line.split(" "), noFile), ConfigError);
    assertStringIncludes(error.message, expected);
    assertEquals(error.problems.length, 1, error.message);
  });
}

Deno.test({
  name: "onStopRequest() takes signals at once for one wish, and later ones for another",
  ignore: !granted("run") || Deno.build.os === "windows",
  async fn() {
    const clock = new FakeClock();
    const asked: boolean[] = [];
    // A signal alone does not keep the event loop waiting for it.
    const alive = setInterval(() => {}, 60_000);
    const ignore = onStopRequest(clock, (again) => asked.push(again));
    const send = () =>
      new Promise<void>((resolve) => {
        const seen = () => {
          Deno.removeSignalListener("SIGHUP", seen);
          resolve();
        };
        Deno.addSignalListener("SIGHUP", seen);
        Deno.kill(Deno.pid, "SIGHUP");
      });
    await send();
    clock.advance(499);
    await send();
    assertEquals(asked, [false]);
    clock.advance(1);
    await send();
    assertEquals(asked, [false, true]);
    ignore();
    clearInterval(alive);
  },
});

Deno.test("parseClusterFlags() starts nodes that keep nothing on disk, and says so", () => {
  const options = parseClusterFlags(["--durability", "memory"], noFile)!;
  assertEquals(options.config.durability, "memory");
  const flags = "--nodes 3 --base-port 7100 --protocol vr --durability memory";
  assertEquals(options.nodeFlags, flags.split(" "));
  assertStringIncludes(introduction(options), "Data is kept in memory only");
  assertThrows(
    () => parseClusterFlags(["--durability", "memory", "--data", "/d"], noFile),
    ConfigError,
    "--data: Has no effect with --durability memory",
  );
  prepareData(options.config, { fresh: true });
});
