import { assertEquals, assertThrows } from "@std/assert";
import { ConfigError, defaultConfig, parseConfig } from "../../cli/config.ts";
import { parseClusterFlags } from "../../cli/cluster/options.ts";

const HEAD = `protocol: chain
replicas_addresses: [127.0.0.1:7200, 127.0.0.1:7201, 127.0.0.1:7202]
`;
const PLACES = `node_data_centers: [east, east, west]
`;

/** A file of a chain of three with more lines after it, the first of them line 3. */
function errorsOf(more: string, head = HEAD): string[] {
  return assertThrows(() => parseConfig(head + more, "c.yaml"), ConfigError).message.split("\n");
}

function flagErrorsOf(...args: readonly string[]): string[] {
  const parse = () => parseClusterFlags(args, () => "");
  return assertThrows(parse, ConfigError).message.split("\n");
}

Deno.test("parseConfig() reads every option of a chain", () => {
  const { chain, nodeDataCenters, data } = parseConfig(
    `${HEAD}${PLACES}chain:
  volumes: 8
  reads: tail
  lease_ms: 1s
  clock_drift: 0.05
  data_centers: { west: 1, east: 2 }
  master_data_center: west
`,
    "c.yaml",
  );
  assertEquals(nodeDataCenters, ["east", "east", "west"]);
  assertEquals(data, "./data/cluster-chain");
  assertEquals(chain, {
    volumes: 8,
    length: null,
    reads: "tail",
    leaseMs: 1_000,
    clockDrift: 0.05,
    dataCenters: { west: 1, east: 2 },
    masterDataCenter: "west",
  });
  assertEquals(Object.keys(chain.dataCenters!), ["west", "east"]);
});

Deno.test("parseConfig() takes data centers as a number or as a list, with a length for each", () => {
  const read = (form: string) =>
    parseConfig(`${HEAD}${PLACES}chain: { length: 1, data_centers: ${form} }`, "c.yaml").chain;
  assertEquals(read("2").dataCenters, 2);
  assertEquals(read("[west, east]").dataCenters, ["west", "east"]);
  assertEquals(read("[west, east]").length, 1);
});

Deno.test("parseConfig() refuses a chain that keeps nothing on disks", () => {
  assertEquals(errorsOf("durability: memory"), [
    'c.yaml:3: durability: Must be disk with the protocol "chain", which may shrink to one ' +
    'member; is "memory"',
  ]);
});

Deno.test("parseConfig() refuses options of a chain with another protocol", () => {
  const vr = "replicas_addresses: [127.0.0.1:7200]\n";
  assertEquals(errorsOf("chain: { volumes: 2 }\nnode_data_centers: [a]", vr), [
    'c.yaml:2: chain.volumes: Has no effect with the protocol "vr"; remove it',
    'c.yaml:3: node_data_centers: Has no effect with the protocol "vr"; remove it',
  ]);
});

Deno.test("parseConfig() says what is wrong with each option of a chain, and where", () => {
  assertEquals(
    errorsOf(`chain:
  volumes: 65
  length: 0
  reads: head
  lease_ms: 150
  clock_drift: 2
  data_centers: []
  master_data_center: "1st"
  mode: fast
`),
    [
      "c.yaml:4: chain.volumes: Must be 1 to 64; is 65",
      "c.yaml:5: chain.length: Must be a whole number from 1 to 7; is 0",
      'c.yaml:6: chain.reads: Must be one of any, tail; is "head"',
      "c.yaml:7: chain.lease_ms: Must be more than three times timeouts.heartbeat_ms (50ms); is " +
      "150ms",
      "c.yaml:8: chain.clock_drift: Must be 0 to 1; is 2",
      "c.yaml:9: chain.data_centers: Must name one data center at least; is an empty list",
      'c.yaml:10: chain.master_data_center: Must be at most 64 letters, digits, ".", "_" or "-", ' +
      'the first a letter; is "1st"',
      "c.yaml:11: chain.mode: Is not an option; known here are volumes, length, reads, lease_ms, " +
      "clock_drift, data_centers, master_data_center",
    ],
  );
});

Deno.test("parseConfig() refuses data centers that no node is in", () => {
  assertEquals(errorsOf("chain: { data_centers: [south] }", HEAD + PLACES), [
    'c.yaml:4: chain.data_centers: Names "south", which is in no entry of node_data_centers',
  ]);
  assertEquals(errorsOf("chain: { data_centers: 3 }", HEAD + PLACES), [
    "c.yaml:4: chain.data_centers: Must be at most the number of data centers in " +
    "node_data_centers (has 2); is 3",
  ]);
  assertEquals(errorsOf("chain: { master_data_center: east }"), [
    'c.yaml:3: chain.master_data_center: Names "east", which is in no entry of node_data_centers',
  ]);
  const elsewhere = "chain: { data_centers: [west], master_data_center: east }";
  assertEquals(errorsOf(elsewhere, HEAD + PLACES), [
    'c.yaml:4: chain.master_data_center: Names "east", through which no chain runs ' +
    "(chain.data_centers)",
  ]);
});

Deno.test("parseConfig() refuses lengths and lists that do not fit the nodes", () => {
  assertEquals(errorsOf("chain: { length: 4 }"), [
    "c.yaml:3: chain.length: Must be at most the number of replicas, 3; is 4",
  ]);
  assertEquals(errorsOf("chain: { length: 2, data_centers: { east: 1 } }", HEAD + PLACES), [
    "c.yaml:4: chain.length: Has no effect with chain.data_centers that say how many members " +
    "each has; remove it",
  ]);
  assertEquals(errorsOf("node_data_centers: [a, b]"), [
    "c.yaml:3: node_data_centers: Must have one name for each of the 3 replicas; has 2",
  ]);
  assertEquals(errorsOf("node_data_centers: [a, b, 7]")[0]?.includes("Must be a text; is 7"), true);
});

Deno.test("defaultConfig() makes a chain, and refuses what does not go with it", () => {
  const config = defaultConfig({ protocol: "chain", nodes: 5, volumes: 4 });
  assertEquals([config.cluster, config.chain.volumes], ["cluster-chain", 4]);
  const errorOf = (options: Parameters<typeof defaultConfig>[0]) =>
    assertThrows(() => defaultConfig(options), ConfigError).message;
  assertEquals(
    errorOf({ protocol: "chain", durability: "memory" }),
    "--durability: Must be disk with --protocol chain: a chain may shrink to one member, whose " +
      "memory would be all there is",
  );
  assertEquals(
    errorOf({ volumes: 2 }),
    "--volumes: Has no effect with --protocol vr; remove it",
  );
  assertEquals(
    errorOf({ protocol: "chain", volumes: 0 }),
    "--volumes: Must be a whole number from 1 to 64; is 0",
  );
  assertEquals(errorOf({ stateMachine: "x" }), '--state-machine: Must be one of kv, log; is "x"');
});

Deno.test("parseClusterFlags() hands the nodes what makes the same chain", () => {
  const args = ["--protocol", "chain", "--volumes", "2", "--state-machine", "log"];
  const options = parseClusterFlags(args, () => "")!;
  assertEquals([options.config.chain.volumes, options.config.stateMachine], [2, "log"]);
  const again = parseClusterFlags(options.nodeFlags, () => "")!;
  assertEquals(again.config, options.config);
});

Deno.test("parseClusterFlags() refuses a log along with a state machine of one's own", () => {
  assertEquals(flagErrorsOf("--machine", "m.ts", "--state-machine", "log"), [
    "--state-machine: Cannot be given along with --machine, which takes its place",
  ]);
});
