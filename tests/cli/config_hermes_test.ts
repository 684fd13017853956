import { assertEquals, assertThrows } from "@std/assert";
import { parseClusterFlags } from "../../cli/cluster/options.ts";
import { ConfigError, defaultConfig, parseConfig } from "../../cli/config.ts";

const HEAD = `protocol: hermes
replicas_addresses: [127.0.0.1:7200, 127.0.0.1:7201, 127.0.0.1:7202, 127.0.0.1:7203]
`;

/** A file of a Hermes cluster of four with more lines after it, the first of them line 3. */
function errorsOf(more: string, head = HEAD): string[] {
  return assertThrows(() => parseConfig(head + more, "h.yaml"), ConfigError).message.split("\n");
}

const read = (more: string) => parseConfig(HEAD + more, "h.yaml");

Deno.test("parseConfig() reads every option of Hermes", () => {
  const { hermes, data } = read(`hermes:
  volumes: 8
  replicas: 3
  virtual_nodes: 128
  reads: check
  lease_ms: 1s
  clock_drift: 0.05
  spares_validations: false
  virtual_ids: 1
  broadcasts_acks: true
  mlt_ms: 250ms
  deaf_ms: 3s
`);
  assertEquals(data, "./data/cluster-hermes");
  assertEquals(hermes, {
    volumes: 8,
    replicas: 3,
    virtualNodes: 128,
    reads: "check",
    leaseMs: 1_000,
    clockDrift: 0.05,
    sparesValidations: false,
    virtualIds: 1,
    broadcastsAcks: true,
    mltMs: 250,
    deafMs: 3_000,
  });
});

Deno.test("parseConfig() divides keys into several volumes only where nodes replicate a part of them", () => {
  assertEquals(read("").hermes.volumes, 1);
  assertEquals(read("hermes: { replicas: 4 }").hermes.volumes, 1);
  assertEquals(read("hermes: { replicas: 3 }").hermes.volumes, 32);
  assertEquals(read("hermes: { replicas: 3, volumes: 5 }").hermes.volumes, 5);
  assertEquals(read("hermes: { volumes: 5 }").hermes.replicas, null);
});

Deno.test("parseConfig() refuses what Hermes does not replicate, or not safely", () => {
  assertEquals(errorsOf("durability: memory\nstate_machine: log"), [
    'h.yaml:3: durability: Must be disk with the protocol "hermes", which may shrink to one ' +
    'member; is "memory"',
    'h.yaml:4: state_machine: Must be kv with the protocol "hermes": it replicates objects that ' +
    'have nothing to do with one another; is "log"',
  ]);
});

Deno.test("parseConfig() refuses options of Hermes with another protocol, and of chains with Hermes", () => {
  const vr = "replicas_addresses: [127.0.0.1:7200]\n";
  assertEquals(errorsOf("hermes: { replicas: 1 }", vr), [
    'h.yaml:2: hermes.replicas: Has no effect with the protocol "vr"; remove it',
  ]);
  assertEquals(errorsOf("chain: { length: 2 }\nnode_data_centers: [a, b, c, d]"), [
    'h.yaml:3: chain.length: Has no effect with the protocol "hermes"; remove it',
    'h.yaml:4: node_data_centers: Has no effect with the protocol "hermes"; remove it',
  ]);
});

Deno.test("parseConfig() says what is wrong with each option of Hermes, and where", () => {
  assertEquals(
    errorsOf(`hermes:
  volumes: 65
  replicas: 0
  virtual_nodes: 0
  reads: any
  lease_ms: 150
  clock_drift: 2
  spares_validations: "no"
  virtual_ids: 17
  broadcasts_acks: 1
  mlt_ms: 1
  deaf_ms: 10
  broadcast_acks: true
`),
    [
      "h.yaml:4: hermes.volumes: Must be a whole number from 1 to 64; is 65",
      "h.yaml:5: hermes.replicas: Must be a whole number from 1 to 7; is 0",
      "h.yaml:6: hermes.virtual_nodes: Must be 1 to 1024; is 0",
      'h.yaml:7: hermes.reads: Must be one of lease, check; is "any"',
      "h.yaml:8: hermes.lease_ms: Must be more than three times timeouts.heartbeat_ms (50ms); is " +
      "150ms",
      "h.yaml:9: hermes.clock_drift: Must be 0 to 1; is 2",
      'h.yaml:10: hermes.spares_validations: Must be true or false; is "no"',
      "h.yaml:11: hermes.virtual_ids: Must be 1 to 16; is 17",
      "h.yaml:12: hermes.broadcasts_acks: Must be true or false; is 1",
      "h.yaml:13: hermes.mlt_ms: Must be 5ms to 60s; is 1ms",
      "h.yaml:14: hermes.deaf_ms: Must be 20ms to 600s; is 10ms",
      'h.yaml:15: hermes.broadcast_acks: Is not an option; did you mean "broadcasts_acks"?',
    ],
  );
});

Deno.test("parseConfig() refuses replicas and timeouts of Hermes that do not go together", () => {
  assertEquals(errorsOf("hermes: { replicas: 5 }"), [
    "h.yaml:3: hermes.replicas: Must be at most the number of nodes, 4; is 5",
  ]);
  assertEquals(errorsOf("hermes: { mlt_ms: 2s, deaf_ms: 2s }"), [
    "h.yaml:3: hermes.deaf_ms: Must be more than hermes.mlt_ms (2s); is 2s",
  ]);
});

Deno.test("defaultConfig() makes a Hermes cluster, and refuses what does not go with it", () => {
  const { cluster, hermes } = defaultConfig({ protocol: "hermes", nodes: 5, replicas: 3 });
  assertEquals([cluster, hermes.replicas, hermes.volumes], ["cluster-hermes", 3, 32]);
  const errorOf = (options: Parameters<typeof defaultConfig>[0]) =>
    assertThrows(() => defaultConfig(options), ConfigError).message;
  assertEquals(
    errorOf({ protocol: "hermes", durability: "memory" }),
    "--durability: Must be disk with --protocol hermes: what replicates a key may shrink to one " +
      "member, whose memory would be all there is",
  );
  assertEquals(
    errorOf({ protocol: "hermes", stateMachine: "log" }),
    "--state-machine: Must be kv with --protocol hermes: it replicates objects that have nothing " +
      "to do with one another",
  );
  assertEquals(
    errorOf({ protocol: "hermes", replicas: 4 }),
    "--replicas: Must be a whole number from 1 to 3, all nodes; is 4",
  );
  assertEquals(
    errorOf({ protocol: "chain", replicas: 2 }),
    "--replicas: Has no effect with --protocol chain; remove it",
  );
});

Deno.test("parseClusterFlags() hands the nodes what makes the same Hermes cluster", () => {
  const args = ["--protocol", "hermes", "--nodes", "5", "--replicas", "3", "--volumes", "8"];
  const options = parseClusterFlags(args, () => "")!;
  assertEquals([options.config.hermes.volumes, options.config.hermes.replicas], [8, 3]);
  const again = parseClusterFlags(options.nodeFlags, () => "")!;
  assertEquals(again.config, options.config);
});

Deno.test("parseClusterFlags() refuses a state machine of one's own with Hermes", () => {
  const parse = (...args: string[]) =>
    assertThrows(() => parseClusterFlags(args, () => HEAD), ConfigError).message;
  const refusal = '--machine: Has no effect with the protocol "hermes": it replicates objects ' +
    "that have nothing to do with one another; remove it";
  assertEquals(parse("--protocol", "hermes", "--machine", "bank.ts"), refusal);
  assertEquals(parse("--config", "h.yaml", "--machine", "bank.ts"), refusal);
});
