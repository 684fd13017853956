import { assert, assertEquals, assertStringIncludes } from "@std/assert";
import { Cluster } from "../../../bench/nodes/cluster.ts";
import { Server } from "../../../bench/nodes/server.ts";
import type { Entrant } from "../../../bench/peers/comparisons.ts";
import type { Driver, Target } from "../../../bench/peers/drivers/driver.ts";
import type { Generator } from "../../../bench/peers/generator/generator.ts";
import type { Method } from "../../../bench/peers/method.ts";
import { measureComparison, type Outcome } from "../../../bench/peers/rounds.ts";
import type { System } from "../../../bench/peers/systems/system.ts";

const IGNORE = Deno.build.os === "windows" ||
  !(["run", "net", "read", "write", "sys"] as const)
    .every((name) => Deno.permissions.querySync({ name }).state === "granted");

const FIGURES = { requests: 10, seconds: 1, p50Ms: 1, p99Ms: 2, errors: 0 };

/** A system of two processes, the second of which leads. */
function system(name: string, spread: System["spread"], command = "exec sleep 1000"): System {
  return {
    name,
    settings: "",
    write: "",
    read: "",
    spread,
    version: () => Promise.resolve("1"),
    cluster: (directory) => {
      Deno.writeTextFileSync(`${directory}/data`, "x");
      const server = () => new Server(name, ["sh", "-c", command]);
      const servers = [server(), server()];
      return new Cluster({
        name,
        servers,
        directories: [],
        urls: [],
        respPorts: [],
        isReady: () => Promise.resolve(command.startsWith("exec")),
        isWhole: () => Promise.resolve(true),
        leader: () => Promise.resolve(1),
      });
    },
  };
}

/** Notes what is asked of it, and fails once in the second round if the name of a key says so. */
function driver(calls: string[], onMeasure: (call: string) => void = () => {}): Driver {
  const name = ({ directory, nodes }: Target) =>
    `${directory.slice(directory.lastIndexOf("/") + 1)}@${nodes.join("+")}`;
  return {
    name: "fake",
    protocol: "http",
    canMake: ({ writes }) => writes === 1,
    fill: (target) => Promise.resolve(void calls.push(`fill ${name(target)}`)),
    measure(target, _, { seed }) {
      const call = `${name(target)} ${seed}`;
      calls.push(call);
      onMeasure(call);
      return Promise.resolve(FIGURES);
    },
  };
}

function entrant(system: System, driver: Driver): Entrant {
  return { name: system.name, system, driver, peers: [], isLimit: false, takes: () => true };
}

async function measure(
  entrants: readonly Entrant[],
  options: Partial<Method> = {},
): Promise<Outcome> {
  const directory = await Deno.makeTempDir();
  const space = {
    slices: ["connections" as const],
    works: ["put" as const],
    connections: [8],
    pipeline: 2,
    mixes: [],
    values: [],
  };
  const outcome = await measureComparison(
    { name: "etcd", title: "t", slices: ["connections"], entrants },
    {
      ...{ space, rounds: 3, seconds: 1, warmUp: 1, spread: false, directory },
      ...{ generator: {} as Generator, signal: new AbortController().signal, progress() {} },
      ...options,
    },
  );
  assertEquals(await Array.fromAsync(Deno.readDir(directory)), [], "nothing is left");
  await Deno.remove(directory);
  return outcome;
}

Deno.test({
  name: "measureComparison() loads in turn, at the leader or at all, last first every other round",
  ignore: IGNORE,
  async fn() {
    const calls: string[] = [];
    const fake = driver(calls);
    const entrants = [
      entrant(system("a", "never"), fake),
      entrant(system("b", "if asked"), fake),
      entrant(system("c", "always"), fake),
    ];
    const { samples, failures, disk, loadAverages } = await measure(entrants);
    assertEquals(calls, [
      ...["fill a@1", "a@1 1", "fill b@1", "b@1 1", "fill c@0+1+2", "c@0+1+2 1"],
      ...["a@1 1", "b@1 1", "c@0+1+2 1"],
      ...["c@0+1+2 2", "b@1 2", "a@1 2"],
      ...["a@1 3", "b@1 3", "c@0+1+2 3"],
    ]);
    assertEquals(samples.map(({ entrant }) => entrant).join(""), "abc" + "cba" + "abc");
    assertEquals([failures, disk.length, loadAverages.length], [[], 3, 3]);
    assert(samples.every(({ cpuUs }) => cpuUs !== null && cpuUs >= 0));
  },
});

Deno.test({
  name: "measureComparison() names who does not start or fails, and goes on with the others",
  ignore: IGNORE,
  async fn() {
    const calls: string[] = [];
    const fake = driver(calls, (call) => {
      if (call === "b@1 2") throw new Error("It was too much");
    });
    const broken = system("broken", "never", "echo no such option; exit 3");
    const entrants = [broken, system("b", "never")].map((each) => entrant(each, fake));
    const { samples, failures } = await measure(entrants, { rounds: 2 });
    assertEquals(samples.map(({ entrant, round }) => `${entrant} ${round}`), ["b 0"]);
    assertEquals(failures.length, 2);
    assertStringIncludes(failures[0]!, "broken: ");
    assertStringIncludes(failures[0]!, "no such option");
    assertEquals(failures[1], "b: put, 8: It was too much");
  },
});

Deno.test({
  name: "measureComparison() ends when it is stopped, and returns what there is",
  ignore: IGNORE,
  async fn() {
    const stop = new AbortController();
    const fake = driver([], (call) => {
      if (call === "b@1 2") stop.abort();
    });
    const entrants = [system("a", "never"), system("b", "never")].map((each) =>
      entrant(each, fake)
    );
    const { samples, failures } = await measure(entrants, { signal: stop.signal });
    assertEquals(samples.map(({ entrant }) => entrant), ["a", "b", "b"]);
    assertEquals(failures, ["Stopped before the end"]);
  },
});

Deno.test({
  name: "measureComparison() does not wait for a system that is starting when it is stopped",
  ignore: IGNORE,
  async fn() {
    const stop = new AbortController();
    const never = system("never", "never", "exec sleep 1000");
    const stuck: System = {
      ...never,
      cluster: (directory) => {
        setTimeout(() => stop.abort());
        const { servers } = never.cluster(directory);
        return new Cluster({
          ...{ name: "never", servers, directories: [], urls: [], respPorts: [] },
          isReady: () => Promise.resolve(false),
          isWhole: () => Promise.resolve(false),
          leader: () => Promise.resolve(0),
        });
      },
    };
    const { samples, failures } = await measure([entrant(stuck, driver([]))], {
      signal: stop.signal,
    });
    assertEquals([samples, failures], [[], ["Stopped before the end"]]);
  },
});
