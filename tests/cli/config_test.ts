import { assert, assertEquals, assertStringIncludes, assertThrows } from "@std/assert";
import { ConfigError, defaultConfig, nodeAddresses, parseConfig } from "../../cli/config.ts";

/** The configuration file of vstamp, as its repository has it. */
const VSTAMP = `replicas_addresses:
  - 127.0.0.1:14621
  - 127.0.0.1:14622
  - 127.0.0.1:14623
`;

/** vstamp's file with more lines after it, the first of them line 5. */
function errorsOf(more: string, head = VSTAMP): string[] {
  const error = assertThrows(() => parseConfig(head + more, "c.yaml"), ConfigError);
  assertEquals(error.code, "bad_config");
  return error.message.split("\n");
}

Deno.test("parseConfig() accepts vstamp's file as it is", () => {
  const config = parseConfig(VSTAMP, "server-config.yaml");
  assertEquals(config.replicasAddresses.map(({ port }) => port), [14621, 14622, 14623]);
  assertEquals(config.httpAddresses, [
    { host: "127.0.0.1", port: 14521 },
    { host: "127.0.0.1", port: 14522 },
    { host: "127.0.0.1", port: 14523 },
  ]);
  assertEquals(nodeAddresses(config, 1), {
    peer: { host: "127.0.0.1", port: 14622 },
    http: { host: "127.0.0.1", port: 14522 },
    resp: { host: "127.0.0.1", port: 14722 },
    directory: "./data/cluster-vr/node-1",
  });
});

Deno.test("parseConfig() fills in the documented defaults", () => {
  const { replicasAddresses: _, httpAddresses: __, respAddresses, gossip: ___, ...rest } =
    parseConfig(VSTAMP, "c.yaml");
  assertEquals(respAddresses.map(({ port }) => port), [14721, 14722, 14723]);
  assertEquals(rest, {
    cluster: "cluster-vr",
    protocol: "vr",
    stateMachine: "kv",
    durability: "disk",
    nodeDataCenters: [],
    respOrder: "connection",
    data: "./data/cluster-vr",
    httpHosts: [],
    insecure: false,
    timeouts: {
      heartbeatMs: 50,
      suspicionMs: 500,
      viewChangeMs: 500,
      abdicateMs: 2_000,
      requestMs: 5_000,
    },
    detector: { kind: "phi", threshold: 4 },
    chain: {
      volumes: 1,
      length: null,
      reads: "any",
      leaseMs: 500,
      clockDrift: 0.01,
      dataCenters: null,
      masterDataCenter: null,
    },
    hermes: {
      volumes: 1,
      replicas: null,
      virtualNodes: 64,
      reads: "lease",
      leaseMs: 500,
      clockDrift: 0.01,
      sparesValidations: true,
      virtualIds: 16,
      broadcastsAcks: false,
      mltMs: 100,
      deafMs: 2_000,
    },
    batching: { entryBytesMax: 1_048_576, requestsMax: 1_024, pipeline: 4 },
    snapshots: { logBytes: 67_108_864, retainEntries: 1_000 },
    sessionsMax: 10_000,
    limits: {
      keyBytes: 1_024,
      valueBytes: 524_288,
      logBytes: 268_435_456,
      httpInFlightMax: 4_096,
      respConnectionsMax: 1_024,
    },
    log: "info",
  });
});

Deno.test("parseConfig() reads every option", () => {
  const config = parseConfig(
    `
cluster: orders
protocol: vr
state_machine: log
durability: disk
resp_order: key
replicas_addresses: ["10.0.0.1:7200", "[fd00::2]:7200"]
http_addresses: [10.0.0.1:80, "kv-2.example:80"]
http_hosts:
- kv.example
insecure: true
data: /var/lib/troupe
timeouts: { heartbeat_ms: 0.1s, suspicion_ms: 2s, view_change_ms: 1500, abdicate_ms: 5s, request_ms: 1m }
detector:
  kind: deadline
batching:
  entry_bytes_max: 2 MiB
  requests_max: 10
  pipeline: 8
snapshots:
  log_bytes: 1.5GiB
  retain_entries: 0
sessions_max: 5
limits: {key_bytes: 64B, value_bytes: 1MB, log_bytes: 1GiB, http_in_flight_max: 7, resp_connections_max: 8}
log: warn
`,
    "c.yaml",
  );
  const { chain: _, hermes: __, gossip: ___, ...rest } = config;
  assertEquals(rest, {
    cluster: "orders",
    protocol: "vr",
    stateMachine: "log",
    durability: "disk",
    nodeDataCenters: [],
    replicasAddresses: [{ host: "10.0.0.1", port: 7200 }, { host: "fd00::2", port: 7200 }],
    httpAddresses: [{ host: "10.0.0.1", port: 80 }, { host: "kv-2.example", port: 80 }],
    respAddresses: [],
    respOrder: "key",
    data: "/var/lib/troupe",
    httpHosts: ["kv.example"],
    insecure: true,
    timeouts: {
      heartbeatMs: 100,
      suspicionMs: 2_000,
      viewChangeMs: 1_500,
      abdicateMs: 5_000,
      requestMs: 60_000,
    },
    detector: { kind: "deadline", threshold: 4 },
    batching: { entryBytesMax: 2_097_152, requestsMax: 10, pipeline: 8 },
    snapshots: { logBytes: 1_610_612_736, retainEntries: 0 },
    sessionsMax: 5,
    limits: {
      keyBytes: 64,
      valueBytes: 1_000_000,
      logBytes: 1_073_741_824,
      httpInFlightMax: 7,
      respConnectionsMax: 8,
    },
    log: "warn",
  });
});

Deno.test("parseConfig() reads that nothing is to be written to disks", () => {
  assertEquals(parseConfig(`${VSTAMP}durability: memory\n`, "c").durability, "memory");
});

Deno.test("parseConfig() accepts a section whose options are all left out", () => {
  assertEquals(
    parseConfig(`${VSTAMP}timeouts:\n  # heartbeat_ms: 50\n`, "c").timeouts.heartbeatMs,
    50,
  );
});

/** What comes after vstamp's four lines, and the error that it must give. */
const WRONG: readonly (readonly [string, string])[] = [
  ["timeouts:\n  heartbeat_ms: 1", "6: timeouts.heartbeat_ms: Must be 5ms to 60s; is 1ms"],
  ["timeouts:\n\n  request_ms: 2 min", '7: timeouts.request_ms: Has the unknown unit "min"'],
  ["timeouts: { request_ms: soon }", '5: timeouts.request_ms: Must be a duration such as "500ms"'],
  ["timeouts:\n  request_ms: [1]", "6: timeouts.request_ms: Must be a duration"],
  ["timeouts:\n  request_ms: 2.5", "6: timeouts.request_ms: Must be a duration"],
  ["timeouts:\n  request_ms:", "6: timeouts.request_ms: Has no value"],
  ["durability: ram", '5: durability: Must be one of disk, memory; is "ram"'],
  [
    "durability: memory\ndata: /d",
    '6: data: Has no effect with the durability "memory"; remove it',
  ],
  ["timeouts: 5", "5: timeouts: Must be a mapping of options; is 5"],
  [
    "timeouts:\n  heartbeatMs: 50",
    '6: timeouts.heartbeatMs: Is not an option; did you mean "heartbeat_ms"?',
  ],
  ["time_outs: {}", '5: time_outs: Is not an option; did you mean "timeouts"?'],
  ["sesions_max: 1", '5: sesions_max: Is not an option; did you mean "sessions_max"?'],
  [
    "detector:\n  colour: red",
    "6: detector.colour: Is not an option; known here are kind, threshold",
  ],
  ["__proto__: {}", "5: __proto__: Is not an option"],
  ["constructor: 1", "5: constructor: Is not an option"],
  ["detector: {kind: psi}", '5: detector.kind: Must be one of phi, deadline; is "psi"'],
  ["detector:\n  kind: deadline\n  threshold: 4", "7: detector.threshold: Has no effect"],
  ["detector:\n  threshold: .nan", "6: detector.threshold: Must be a number; is NaN"],
  ["protocol: raft", '5: protocol: Must be one of vr, chain, hermes, gossip; is "raft"'],
  ["cluster: a b", "5: cluster: Must be at most 64 letters"],
  ["cluster: 7", "5: cluster: Must be a text; is 7"],
  ["data: ''", '5: data: Must be a text; is ""'],
  ["insecure: yes", '5: insecure: Must be true or false; is "yes"'],
  ["log: loud", "5: log: Must be one of debug, info, warn, error"],
  ["sessions_max: 0", "5: sessions_max: Must be 1 to 1000000; is 0"],
  ["sessions_max: 1e3.5", "5: sessions_max: Must be a whole number"],
  ["sessions_max: 2001-01-01", "5: sessions_max: Must be a whole number; is the date"],
  ["http_hosts: kv.example", '5: http_hosts: Must be a list of host names; is "kv.example"'],
  [
    "http_hosts:\n  - a\n  - b:80",
    '7: http_hosts[1]: Must be a host name without a port; is "b:80"',
  ],
  ["http_addresses:\n- 127.0.0.1:80", "5: http_addresses: Must have one address for each of the 3"],
  [
    "http_addresses:\n- 127.0.0.1:80\n- 127.0.0.1:81\n- 127.0.0.1:80",
    "8: http_addresses[2]: The HTTP address 127.0.0.1:80 is the HTTP address of replica 0 already",
  ],
  [
    "http_addresses: [a:1, localhost:80,\n  '127.0.0.1:14621']\ninsecure: true",
    "6: http_addresses[2]: The HTTP address 127.0.0.1:14621 is replicas_addresses[0] already",
  ],
  [
    "http_addresses: [a:1, '[::1]:2', 'localhost:3']",
    "5: http_addresses[0]: a:1 is reachable from",
  ],
  [
    "resp_addresses:\n- 127.0.0.1:80",
    "5: resp_addresses: Must have one address for each of the 3 replicas, or none; has 1",
  ],
  [
    "resp_addresses: [a:1, '[::1]:2', 'localhost:3']",
    "5: resp_addresses[0]: a:1 is reachable from",
  ],
  [
    "resp_addresses:\n- 127.0.0.1:80\n- 127.0.0.1:14622\n- 127.0.0.1:82",
    "7: resp_addresses[1]: The RESP address 127.0.0.1:14622 is replicas_addresses[1] already",
  ],
  [
    "resp_addresses:\n- 127.0.0.1:80\n- 127.0.0.1:81\n- 127.0.0.1:14523",
    "8: resp_addresses[2]: The RESP address 127.0.0.1:14523 is the HTTP address of replica 2 already",
  ],
  [
    "resp_addresses:\n- 127.0.0.1:80\n- 127.0.0.1:81\n- 127.0.0.1:80",
    "8: resp_addresses[2]: The RESP address 127.0.0.1:80 is the RESP address of replica 0 already",
  ],
  [
    "state_machine: log\nresp_addresses: ['127.0.0.1:1', '127.0.0.1:2', '127.0.0.1:3']",
    '6: resp_addresses: Has no effect with the state machine "log"; remove it',
  ],
  ["resp_order: none", "5: resp_order: Must be one of connection, key"],
  [
    "timeouts:\n  suspicion_ms: 100",
    "6: timeouts.suspicion_ms: Must be more than twice timeouts.heartbeat_ms (50ms); is 100ms",
  ],
  ["timeouts:\n  view_change_ms: 99", "6: timeouts.view_change_ms: Must be at least twice"],
  [
    "timeouts:\n  suspicion_ms: 2s",
    "6: timeouts.abdicate_ms: Must be more than timeouts.suspicion",
  ],
  ["batching:\n  entry_bytes_max: 8KiB", "6: limits.value_bytes: With limits.key_bytes and 1 KiB"],
  [
    "limits: {value_bytes: 1MiB}",
    "5: limits.value_bytes: With limits.key_bytes and 1 KiB it must fit",
  ],
  [
    "batching: {entry_bytes_max: 2MiB}\nsnapshots:\n  log_bytes: 1MiB",
    "7: snapshots.log_bytes: Must be at least batching.entry_bytes_max (2MiB); is 1MiB",
  ],
  ["batching: {entry_bytes_max: 3MiB}", "5: batching.entry_bytes_max: Must be 4KiB to 2MiB"],
  ["limits: {value_bytes: 19}", "5: limits.value_bytes: Must be 20 bytes to 1MiB; is 19 bytes"],
  ["limits: {value_bytes: 2MiB}", "5: limits.value_bytes: Must be 20 bytes to 1MiB; is 2MiB"],
  [
    "limits: {http_in_flight_max: 8193}",
    "5: limits.http_in_flight_max: Must be 1 to 8192; is 8193",
  ],
  ["limits: {key_bytes: 1e99}", "5: limits.key_bytes: Must be a size"],
  ["limits: {key_bytes: -1}", "5: limits.key_bytes: Must be 1 byte to 8KiB; is -1 bytes"],
  ["timeouts: [", "6: Is not valid YAML: cannot read flow collection"],
  ["replicas_addresses: []", "5: Is not valid YAML: cannot store mapping pair: duplicated key"],
  ["\ta: 1", "5: a: Is not an option"],
];

for (const [more, expected] of WRONG) {
  Deno.test(`parseConfig() reports ${JSON.stringify(more)} with its line`, () => {
    const errors = errorsOf(more);
    assertEquals(errors.length, 1, errors.join("\n"));
    assertStringIncludes(errors[0]!, `c.yaml:${expected}`);
  });
}

/** Whole files that are wrong. */
const WRONG_FILES: readonly (readonly [string, string])[] = [
  ["", "1: replicas_addresses: Is missing"],
  ["- a", "1: Must be a mapping of options; is a list"],
  ["replicas_addresses:", "1: replicas_addresses: Has no value"],
  ["replicas_addresses: []", "1: replicas_addresses: Must have 1 to 7 addresses; has 0"],
  ["replicas_addresses: a:1", "1: replicas_addresses: Must be a list of host:port"],
  [
    "replicas_addresses:\n- 127.0.0.1:200\n- 127.0.0.1:70000",
    "3: replicas_addresses[1]: Must have a port",
  ],
  ["replicas_addresses:\n- 127.0.0.1", '2: replicas_addresses[0]: Must be "host:port"'],
  ["replicas_addresses:\n- ::1:7200", '2: replicas_addresses[0]: Must be "host:port"'],
  [
    "replicas_addresses:\n- a b:7200",
    '2: replicas_addresses[0]: Must be "host:port"; "a b" is no host',
  ],
  [
    "replicas_addresses:\n- localhost: 7200",
    "2: replicas_addresses[0]: Must be a text; is a mapping",
  ],
  ["replicas_addresses:\n- 7200", "2: replicas_addresses[0]: Must be a text; is 7200"],
  [
    "replicas_addresses:\n- 0.0.0.0:7200\ninsecure: true",
    "2: replicas_addresses[0]: Must be an address",
  ],
  ["replicas_addresses:\n- 127.0.0.1:100", "2: replicas_addresses[0]: Leaves no port for HTTP"],
  [
    "replicas_addresses:\n- 127.0.0.1:7100\n- 127.0.0.1:7200\nresp_addresses: []",
    "3: replicas_addresses[1]: The HTTP address 127.0.0.1:7100 is replicas_addresses[0] already",
  ],
];

for (const [text, expected] of WRONG_FILES) {
  Deno.test(`parseConfig() refuses the file ${JSON.stringify(text)}`, () => {
    const [first] = errorsOf("", text);
    assertStringIncludes(first!, `c.yaml:${expected}`);
  });
}

Deno.test("parseConfig() reports every error at once, in the order of the file", () => {
  const errors = errorsOf(
    "\nlog: loud\ntimeouts:\n  heartbeat_ms: x\n  suspicion_ms: 60\nfoo: 1\nsessions_max: -1\n",
    "replicas_addresses:\n- 127.0.0.1:7200\n- 127.0.0.1:7200\n- 10.0.0.1:7200",
  );
  assertEquals(
    errors.map((error) => error.split(": ").slice(0, 2).join(": ")),
    [
      "c.yaml:3: replicas_addresses[1]",
      "c.yaml:4: replicas_addresses[2]",
      "c.yaml:5: log",
      "c.yaml:7: timeouts.heartbeat_ms",
      "c.yaml:9: foo",
      "c.yaml:10: sessions_max",
    ],
  );
});

Deno.test("parseConfig() survives a document that refers to itself", () => {
  const errors = errorsOf("data: &loop [*loop]\nlimits: &again {key_bytes: *again}\n");
  assertEquals(errors.length, 2);
});

Deno.test("defaultConfig() puts node i on 7100 + i for HTTP and 7200 + i for peers", () => {
  const config = defaultConfig();
  assertEquals(config.httpAddresses.map(({ port }) => port), [7100, 7101, 7102]);
  assertEquals(config.replicasAddresses.map(({ port }) => port), [7200, 7201, 7202]);
  assert(config.httpAddresses.every(({ host }) => host === "127.0.0.1"));
  assertEquals(config.data, "./data/cluster-vr");
});

Deno.test("defaultConfig() takes nodes, base port, data and protocol from flags", () => {
  const config = defaultConfig({ nodes: 7, basePort: 9000, data: "/tmp/d/", protocol: "vr" });
  assertEquals(nodeAddresses(config, 6), {
    peer: { host: "127.0.0.1", port: 9106 },
    http: { host: "127.0.0.1", port: 9006 },
    resp: { host: "127.0.0.1", port: 9206 },
    directory: "/tmp/d/node-6",
  });
});

Deno.test("nodeAddresses() puts RESP of a node that joins where it is by default, if it is served", () => {
  const joining = {
    peer: { host: "127.0.0.1", port: 9_200 },
    http: { host: "127.0.0.1", port: 9_100 },
  };
  const config = defaultConfig({ protocol: "gossip" });
  assertEquals(nodeAddresses(config, 7, joining).resp, { host: "127.0.0.1", port: 9_300 });
  assertEquals(nodeAddresses({ ...config, respAddresses: [] }, 7, joining).resp, undefined);
  assertEquals(defaultConfig({ stateMachine: "log" }).respAddresses, []);
});

Deno.test("defaultConfig() names the flags that are wrong", () => {
  const error = assertThrows(
    () => defaultConfig({ nodes: 8, basePort: 70_000, data: "", protocol: "paxos" }),
    ConfigError,
  );
  assertEquals(error.message.split("\n"), [
    "--nodes: Must be a whole number from 1 to 7; is 8",
    "--base-port: Must be a whole number from 1 to 65329; is 70000",
    "--data: Must name a directory; is empty",
    '--protocol: Must be one of vr, chain, hermes, gossip; is "paxos"',
  ]);
});

Deno.test("nodeAddresses() refuses an index that the cluster has not", () => {
  const error = assertThrows(() => nodeAddresses(defaultConfig(), 3), ConfigError);
  assertEquals(error.message, "--index: Must be a replica's index, 0 to 2; is 3");
});
