import { assert, assertEquals, assertMatch } from "@std/assert";
import { ClusterRunner } from "../../cli/cluster/runner.ts";
import { Terminal } from "../../cli/cluster/terminal.ts";
import { defaultConfig } from "../../cli/config.ts";
import { FakeClock } from "./fake_clock.ts";
import { FakeCluster } from "./fake_cluster.ts";
import { Transcript } from "./transcript.ts";

const MAY_RUN = Deno.permissions.querySync({ name: "run" }).state === "granted";
const MAY_NET = Deno.permissions.querySync({ name: "net", host: "127.0.0.1" }).state === "granted";
const IS_WINDOWS = Deno.build.os === "windows";
const FAKE_NODE = new URL("./cluster_fake_node.ts", import.meta.url).href;
const DRIVER = new URL("./cluster_driver.ts", import.meta.url).href;

/** A runner of three fake nodes whose statuses are those of a fake cluster. */
function startRunner(words: (index: number) => string[] = () => []) {
  const transcript = new Transcript();
  const clock = new FakeClock();
  const cluster = new FakeCluster();
  const config = defaultConfig();
  cluster.endpoints.splice(
    0,
    3,
    ...config.httpAddresses.map(({ port }) => `http://127.0.0.1:${port}`),
  );
  const looks = new Looks();
  const runner = new ClusterRunner({
    config,
    terminal: new Terminal(transcript.write, { colours: false }),
    clock,
    command: (index) => [Deno.execPath(), "run", "-A", FAKE_NODE, String(index), ...words(index)],
    fetch: (input, init) => {
      looks.count(input);
      return cluster.fetch(input, init);
    },
  });
  return { transcript, clock, cluster, runner, looks, ending: runner.run() };
}

/** Counts how often the last node was asked for its status, and lets a test wait for it. */
class Looks {
  #seen = 0;
  #resolve: () => void = () => {};

  count(input: string): void {
    if (!input.startsWith("http://127.0.0.1:7102/")) return;
    this.#seen++;
    this.#resolve();
  }

  next(): Promise<void> {
    const before = this.#seen;
    return new Promise((resolve) => {
      this.#resolve = () => this.#seen > before && resolve();
    });
  }
}

Deno.test({
  name: "ClusterRunner.run() prints the table of nodes once, and again when it has changed",
  ignore: !MAY_RUN || IS_WINDOWS,
  async fn() {
    const { transcript, clock, cluster, runner, looks, ending } = startRunner();
    const poll = async () => {
      await clock.timerAt(250);
      const asked = looks.next();
      clock.advance(250);
      await asked;
      await clock.timerAt(250);
    };
    for (let i = 0; i < 4; i++) await poll();
    assertEquals(transcript.text.match(/^node +http/gm)?.length, 1);
    assertMatch(
      transcript.text,
      /^0 +http:\/\/127\.0\.0\.1:7100 +127\.0\.0\.1:7200 +primary +normal +3 +4000$/m,
    );
    assertMatch(transcript.text, /^2 +http:\/\/127\.0\.0\.1:7102 .* backup +normal +3 +4002$/m);
    cluster.primary = 1;
    await poll();
    cluster.primary = 2; // nobody saw node 1 twice: it is not shown
    for (let i = 0; i < 3; i++) await poll();
    const tables = transcript.text.split(/^node +http.*$/m).slice(1);
    assertEquals(tables.map((table) => /^(\d) .* primary /m.exec(table)?.[1]), ["0", "2"]);
    runner.stop();
    await ending;
  },
});

Deno.test({
  name: "ClusterRunner.run() shows a node as down only if it had time to start",
  ignore: !MAY_RUN || IS_WINDOWS,
  async fn() {
    const { transcript, clock, cluster, runner, ending } = startRunner();
    cluster.down.add(1);
    await transcript.waitFor(/up[^]*up[^]*up/);
    for (let i = 0; i < 4; i++) {
      await clock.timerAt(250);
      clock.advance(250);
    }
    await clock.timerAt(250);
    assert(!transcript.text.includes("http"));
    clock.advance(5_000);
    await clock.timerAt(250);
    clock.advance(250);
    await transcript.waitFor(/^1 +http:\S+ +\S+ +- +down +- +-$/m);
    runner.stop();
    await ending;
  },
});

Deno.test({
  name: "ClusterRunner.run() stops all nodes if one refuses its configuration",
  ignore: !MAY_RUN || IS_WINDOWS,
  async fn() {
    const { ending, transcript } = startRunner((index) => index === 1 ? ["misconfigured"] : []);
    assertEquals(await ending, { misconfigured: 1, killed: [] });
    assert(!transcript.text.includes("starting it again"));
  },
});

/** Starts the driver and three fake nodes; resolves when all of them run. */
async function startDriver(...words: string[]) {
  const args = ["run", "-A", DRIVER, ...words];
  const driver = new Deno.Command(Deno.execPath(), { args, stdout: "piped" }).spawn();
  const transcript = new Transcript();
  const reading = transcript.read(driver.stdout);
  await transcript.waitFor(/(up[^]*){3}/);
  const ended = async () => {
    await reading;
    return await driver.status;
  };
  return { driver, transcript, ended };
}

Deno.test({
  name: "the runner stops its nodes in order when it is told to end",
  ignore: !MAY_RUN || IS_WINDOWS,
  async fn() {
    const { driver, transcript, ended } = await startDriver();
    driver.kill("SIGINT");
    assertEquals((await ended()).code, 0);
    assertEquals(transcript.text.match(/asked to stop/g)?.length, 3);
    assertMatch(transcript.text, /ended null \n$/);
  },
});

Deno.test({
  name: "no node outlives a runner that is killed",
  ignore: !MAY_RUN || !MAY_NET || IS_WINDOWS,
  async fn() {
    using listener = Deno.listen({ port: 0, hostname: "127.0.0.1" });
    const { port } = listener.addr as Deno.NetAddr;
    const starting = startDriver(`beacon=${port}`);
    const beacons = [await listener.accept(), await listener.accept(), await listener.accept()];
    const { driver, ended } = await starting;
    driver.kill("SIGKILL");
    // A beacon ends when its node does.
    for (const beacon of beacons) {
      assertEquals(await beacon.read(new Uint8Array(1)), null);
      beacon.close();
    }
    assertEquals((await ended()).signal, "SIGKILL");
  },
});
