import { assertEquals, assertThrows } from "@std/assert";
import { TroupeError } from "../../actors/errors.ts";
import { defaultConfig } from "../../cli/config.ts";
import { requireShape } from "../../cli/node/data_shape.ts";

const MAY_WRITE = (["read", "write"] as const)
  .every((name) => Deno.permissions.querySync({ name }).state === "granted");

function withDirectory(test: (directory: string) => void): () => void {
  return () => {
    const directory = Deno.makeTempDirSync();
    try {
      test(directory);
    } finally {
      Deno.removeSync(directory, { recursive: true });
    }
  };
}

const chain = (volumes: number, stateMachine = "kv") =>
  defaultConfig({ protocol: "chain", volumes, stateMachine });

function refusal(directory: string, config: ReturnType<typeof chain>, isOwn = false): string {
  const error = assertThrows(() => requireShape(directory, config, isOwn), TroupeError);
  assertEquals(error.code, "data_mismatch");
  return error.message.replace(/^.* is of /, "");
}

Deno.test({
  name: "requireShape() accepts what it has noted, and nothing else",
  ignore: !MAY_WRITE,
  fn: withDirectory((directory) => {
    requireShape(directory, chain(4), false);
    requireShape(directory, chain(4), false);
    assertEquals(refusal(directory, chain(5)), "volumes 4, not 5");
    assertEquals(refusal(directory, chain(4, "log")), "machine kv, not log");
    assertEquals(refusal(directory, chain(4), true), "machine kv, not own");
    assertEquals(
      refusal(directory, defaultConfig()),
      "protocol chain, not vr and volumes 4, not 1",
    );
  }),
});

Deno.test({
  name:
    "requireShape() accepts no other layout of chains than that which the master has decided by",
  ignore: !MAY_WRITE,
  fn: withDirectory((directory) => {
    const config = chain(1);
    requireShape(directory, config, false);
    const having = (changes: Partial<typeof config.chain>) => ({
      ...config,
      chain: { ...config.chain, ...changes },
    });
    assertEquals(refusal(directory, having({ length: 2 })), "length all, not 2");
    assertEquals(
      refusal(directory, having({ dataCenters: { b: 1, a: 2 }, masterDataCenter: "a" })),
      'data_centers null, not {"b":1,"a":2} and master_data_center none, not a',
    );
    assertEquals(
      refusal(directory, defaultConfig({ protocol: "chain", nodes: 5 })),
      "nodes 3, not 5",
    );
    requireShape(directory, having({ reads: "tail", leaseMs: 1_000 }), false);
  }),
});

Deno.test({
  name: "requireShape() lets sessions_max change where the log says how many sessions are kept",
  ignore: !MAY_WRITE,
  fn: withDirectory((directory) => {
    requireShape(directory, chain(1), false);
    requireShape(directory, { ...chain(1), sessionsMax: 7 }, false);
    const other = Deno.makeTempDirSync({ dir: directory });
    requireShape(other, chain(2), false);
    assertEquals(refusal(other, { ...chain(2), sessionsMax: 7 }), "sessions_max 10000, not 7");
  }),
});

Deno.test({
  name: "requireShape() refuses a note that cannot be read",
  ignore: !MAY_WRITE,
  fn: withDirectory((directory) => {
    Deno.writeTextFileSync(`${directory}/shape.json`, "{");
    const error = assertThrows(() => requireShape(directory, chain(1), false), TroupeError);
    assertEquals(error.code, "data_unusable");
  }),
});

Deno.test({
  name: "requireShape() accepts no other placement of Hermes than that which the master decided by",
  ignore: !MAY_WRITE,
  fn: withDirectory((directory) => {
    const config = defaultConfig({ protocol: "hermes", nodes: 5, replicas: 3 });
    requireShape(directory, config, false);
    const having = (changes: Partial<typeof config.hermes>) => ({
      ...config,
      hermes: { ...config.hermes, ...changes },
    });
    assertEquals(
      refusal(directory, having({ replicas: null, volumes: 1, virtualNodes: 8 })),
      "volumes 32, not 1 and replicas 3, not all and virtual_nodes 64, not 8",
    );
    assertEquals(
      refusal(directory, defaultConfig({ protocol: "hermes", nodes: 6, replicas: 3 })),
      "nodes 5, not 6",
    );
    requireShape(directory, having({ reads: "check", broadcastsAcks: true, mltMs: 500 }), false);
  }),
});
