import { assertEquals, assertThrows } from "@std/assert";
import { parseClusterFlags } from "../../cli/cluster/options.ts";
import { ConfigError, defaultConfig, parseConfig } from "../../cli/config.ts";
import { parseNodeFlags } from "../../cli/node/options.ts";

const HEAD = `protocol: gossip
replicas_addresses: [127.0.0.1:7200, 127.0.0.1:7201, 127.0.0.1:7202]
`;
const FAR = HEAD.replaceAll("127.0.0.1", "db.example") + "insecure: true\n";

const read = (more: string) => parseConfig(HEAD + more, "g.yaml");

/** The errors of a file of a gossip cluster with more lines after its head, the first of them line 3. */
function errorsOf(more: string): string[] {
  return assertThrows(() => read(more), ConfigError).message.split("\n");
}

Deno.test("parseConfig() reads every option of gossip", () => {
  const { gossip, data } = read(`gossip:
  preset: wan
  strategy: siblings
  strategies: { "hits/": counter, "tags/": set, "cart/": "merge:./cart.ts" }
  spread: round-robin
  interval_ms: 3s
  jitter: 0.1
  sync_fanout: 4
  mail_all_max: 8
  fanout: 5
  mail_retry_ms: 400
  hints_max: 77
  hints_bytes: 2MiB
  hints_max_age_ms: 1h
  repair_bytes: 64KiB
  scrub_ms: 10s
  max_drift_ms: 30s
`);
  assertEquals(data, "./data/cluster-gossip");
  assertEquals(gossip, {
    preset: "wan",
    strategy: "siblings",
    strategies: { "hits/": "counter", "tags/": "set", "cart/": "merge:./cart.ts" },
    spread: "round-robin",
    intervalMs: 3_000,
    jitter: 0.1,
    syncFanout: 4,
    mailAllMax: 8,
    fanout: 5,
    mailRetryMs: 400,
    hintsMax: 77,
    hintsBytes: 2 * 1_048_576,
    hintsMaxAgeMs: 3_600_000,
    repairBytes: 65_536,
    scrubMs: 10_000,
    maxDriftMs: 30_000,
  });
});

Deno.test("parseConfig() tunes gossip for one machine if all nodes are on it, else for a local network", () => {
  const timesOf = (text: string) => {
    const { preset, intervalMs, mailRetryMs } = parseConfig(text, "g.yaml").gossip;
    return [preset, intervalMs, mailRetryMs];
  };
  assertEquals(timesOf(HEAD), ["local", 200, 100]);
  assertEquals(timesOf(FAR), ["lan", 1_000, 250]);
  assertEquals(timesOf(`${FAR}gossip: { preset: wan }`), ["wan", 5_000, 2_000]);
  assertEquals(timesOf(`${HEAD}gossip: { preset: lan, interval_ms: 2s }`), ["lan", 2_000, 250]);
});

Deno.test("parseConfig() takes gossip in memory, and up to sixteen seeds", () => {
  assertEquals(read("durability: memory").durability, "memory");
  const seeds = (count: number) =>
    `protocol: gossip\nreplicas_addresses: [${
      Array.from({ length: count }, (_, i) => `127.0.0.1:${7_200 + i}`).join(", ")
    }]`;
  assertEquals(parseConfig(seeds(16), "g.yaml").replicasAddresses.length, 16);
  assertThrows(() => parseConfig(seeds(17), "g.yaml"), ConfigError, "1 to 16");
});

for (
  const [more, message] of [
    [
      "state_machine: log",
      'g.yaml:3: state_machine: Must be kv with the protocol "gossip": it has no order in which a state ' +
      'machine could execute; is "log"',
    ],
    [
      "gossip: { strategy: last }",
      "g.yaml:3: gossip.strategy: Must be one of lww, siblings, counter, set, merge:FILE; is " +
      '"last"',
    ],
    [
      "gossip: { strategies: [lww] }",
      "g.yaml:3: gossip.strategies: Must be a mapping of prefixes to strategies; is a list",
    ],
    [
      'gossip: { strategies: { "a/": counters } }',
      "g.yaml:3: gossip.strategies: Must be one of lww, siblings, counter, set, merge:FILE; is " +
      '"counters" for the prefix "a/"',
    ],
    [
      'gossip: { strategies: { "": set } }',
      "g.yaml:3: gossip.strategies: Must have prefixes of 1 to 256 characters; one has 0",
    ],
    [
      "gossip: { preset: moon }",
      'g.yaml:3: gossip.preset: Must be one of local, lan, wan; is "moon"',
    ],
    [
      "limits: { key_bytes: 8KiB }",
      'g.yaml:3: limits.key_bytes: Must be at most 4KiB with the protocol "gossip"; is 8KiB',
    ],
    [
      "limits: { value_bytes: 768KiB }",
      'g.yaml:3: limits.value_bytes: Must be at most 512KiB with the protocol "gossip"; is 768KiB',
    ],
    ["gossip: { jitter: 1 }", "g.yaml:3: gossip.jitter: Must be 0 to 0.9; is 1"],
  ] as const
) {
  Deno.test(`parseConfig() refuses ${more}`, () => assertEquals(errorsOf(more), [message]));
}

Deno.test("parseConfig() refuses options of gossip with another protocol", () => {
  const { message } = assertThrows(
    () => parseConfig("replicas_addresses: [127.0.0.1:7200]\ngossip: { fanout: 4 }", "c.yaml"),
    ConfigError,
  );
  assertEquals(
    message,
    'c.yaml:2: gossip.fanout: Has no effect with the protocol "vr"; remove it',
  );
});

Deno.test("defaultConfig() and the cluster's flags take gossip", () => {
  const config = defaultConfig({ protocol: "gossip", nodes: 9, durability: "memory" });
  assertEquals(config.httpAddresses.length, 9);
  const options = parseClusterFlags(["--protocol", "gossip", "--nodes", "9"], () => "");
  assertEquals(options?.config.gossip.preset, "local");
  assertThrows(() => defaultConfig({ protocol: "gossip", volumes: 2 }), ConfigError, "--volumes");
  assertThrows(() => defaultConfig({ protocol: "gossip", nodes: 17 }), ConfigError, "1 to 16");
  assertThrows(
    () => defaultConfig({ protocol: "gossip", stateMachine: "log" }),
    ConfigError,
    "--state-machine",
  );
});

const parse = (text: string, flags: string) =>
  parseNodeFlags(["--config", "g.yaml", ...flags.split(" ")], () => text)!;

Deno.test("parseNodeFlags() places a node of gossip that the configuration does not list", () => {
  const peer = { host: "127.0.0.1", port: 9_200 };
  assertEquals(parse(HEAD, "--index 9 --address 127.0.0.1:9200").joining, {
    peer,
    http: { host: "127.0.0.1", port: 9_100 },
  });
  assertEquals(parse(HEAD, "--index 9 --address 127.0.0.1:9200 --http [::1]:80").joining, {
    peer,
    http: { host: "::1", port: 80 },
  });
  assertEquals(parse(HEAD, "--index 2").joining, undefined);
  assertEquals(parse(FAR, "--index 9 --address far.example:9200").joining?.http.port, 9_100);
});

for (
  const [flags, message] of [
    ["--index 9", "--address: Is missing: the configuration does not list node 9"],
    [
      "--index 1 --address 127.0.0.1:9200",
      "--address: Has no effect for node 1, which the configuration lists; remove it",
    ],
    ["--index 9 --address nowhere", '--address: Must be "host:port"; is "nowhere"'],
    [
      "--index 9 --address far.example:9200",
      '--address: far.example is reachable from other machines; the configuration must say "insecure: ' +
      'true" for that',
    ],
    [
      "--index 9 --address 127.0.0.1:100",
      "--http: Is missing: there is no port for HTTP below 127.0.0.1:100",
    ],
    [
      `--index 9 --address ${"a".repeat(60)}:9200 --http ${"b".repeat(60)}:9100`,
      "--address: Is too long, with --http, to be told to the other nodes",
    ],
    ["--index 256 --address 127.0.0.1:9200", "--index: Must be 0 to 255; is 256"],
  ] as const
) {
  Deno.test(`parseNodeFlags() of a gossip cluster refuses ${flags}`, () => {
    assertEquals(assertThrows(() => parse(HEAD, flags), ConfigError).message, message);
  });
}

Deno.test("parseNodeFlags() lets nobody join where all nodes are listed", () => {
  const text = "replicas_addresses: [127.0.0.1:7200]";
  assertThrows(
    () => parse(text, "--index 9 --address 127.0.0.1:9200"),
    ConfigError,
    'Has no effect with the protocol "vr", whose nodes are all listed',
  );
});
