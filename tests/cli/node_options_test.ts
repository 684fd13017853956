import { assertEquals, assertRejects, assertStringIncludes, assertThrows } from "@std/assert";
import { ConfigError } from "../../cli/config.ts";
import { loadMachine } from "../../cli/node/machine.ts";
import { parseNodeFlags } from "../../cli/node/options.ts";

const FILE = "replicas_addresses: [localhost:7200]\ncluster: one\n";

function readFile(path: string): string {
  if (path === "c.yaml") return FILE;
  throw new Deno.errors.NotFound(path);
}

Deno.test("parseNodeFlags() takes a configuration file, or what stands for one", () => {
  const fromFile = parseNodeFlags(["--config", "c.yaml", "--index", "0", "--dev"], readFile)!;
  assertEquals([fromFile.config.cluster, fromFile.index, fromFile.dev], ["one", 0, true]);
  const line = "--nodes 5 --base-port 9000 --data 7 --index 4 --parent-pipe --machine m.ts";
  const { config, ...rest } = parseNodeFlags(line.split(" "), readFile)!;
  assertEquals(rest, { index: 4, dev: false, parentPipe: true, machine: "m.ts" });
  assertEquals([config.httpAddresses[4]!.port, config.data], [9004, "7"]);
});

Deno.test("parseNodeFlags() gives help without an index", () => {
  assertEquals(parseNodeFlags(["-h"], readFile), null);
});

const WRONG: readonly (readonly [string, string])[] = [
  ["", "--index: Is missing: which node is this?"],
  ["--index", "--index: Must be a whole number"],
  ["--index 7", "--index: Must be a replica's index, 0 to 2; is 7"],
  ["--index 256", "--index: Must be 0 to 255; is 256"],
  ["--index 0 --index 1", "--index: Is given more than once"],
  ["--index 0 --nodes 8", "--nodes: Must be 1 to 7; is 8"],
  ["--index 0 --dve", '--dve: Is not an option; did you mean "--dev"?'],
  ["--index 0 start", 'Cannot use the argument "start"'],
  ["--index 0 --config no.yaml", '--config: Cannot read "no.yaml": there is no such file'],
  ["--index 0 --config c.yaml --data d", "--data: Cannot be given along with --config"],
];

for (const [line, expected] of WRONG) {
  Deno.test(`parseNodeFlags() refuses "${line}"`, () => {
    const args = line.split(" ").filter((word) => word !== "");
    const error = assertThrows(() => parseNodeFlags(args, readFile), ConfigError);
    assertStringIncludes(error.message, expected);
    assertEquals(error.problems.length, 1, error.message);
  });
}

Deno.test({
  name: "loadMachine() says what is wrong with a module",
  ignore: Deno.permissions.querySync({ name: "read" }).state !== "granted",
  async fn() {
    const here = new URL("./", import.meta.url).pathname;
    const none = await assertRejects(() => loadMachine(`${here}no_such.ts`), ConfigError);
    assertStringIncludes(none.message, "--machine: Cannot run the state machine of");
    const noDefault = await assertRejects(() => loadMachine(`${here}fake_clock.ts`), ConfigError);
    assertStringIncludes(noDefault.message, "its default export is not a function");
    const aClass = await assertRejects(() => loadMachine(`${here}class_machine.ts`), ConfigError);
    assertStringIncludes(aClass.message, "its default export fails: Class constructor");
    assertEquals(typeof await loadMachine(`${here}../../examples/bank.ts`), "function");
  },
});
