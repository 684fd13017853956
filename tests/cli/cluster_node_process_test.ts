import { assert, assertEquals, assertMatch } from "@std/assert";
import { backoffMs, NodeProcess } from "../../cli/cluster/node_process.ts";
import { Terminal } from "../../cli/cluster/terminal.ts";
import { FakeClock } from "./fake_clock.ts";
import { Transcript } from "./transcript.ts";

const MAY_RUN = Deno.permissions.querySync({ name: "run" }).state === "granted";
const FAKE_NODE = new URL("./cluster_fake_node.ts", import.meta.url).href;

function test(name: string, fn: () => Promise<void>): void {
  Deno.test({ name, ignore: !MAY_RUN || Deno.build.os === "windows", fn });
}

function start(...words: string[]) {
  const transcript = new Transcript();
  const clock = new FakeClock();
  const terminal = new Terminal(transcript.write, { colours: false });
  const command = [Deno.execPath(), "run", "-A", FAKE_NODE, "4", ...words] as const;
  const node = new NodeProcess({ index: 4, command, terminal, clock });
  return { node, clock, transcript, ending: node.run() };
}

test("NodeProcess.run() says of every line whose it is, from both outputs", async () => {
  const { node, transcript, ending } = start();
  await transcript.waitFor(/node 4 \| up \d+\n/);
  await transcript.waitFor(/node 4 \| to stderr from 4\n/);
  node.stop();
  assertEquals(await ending, "stopped");
});

test("NodeProcess.stop() lets the node end in order", async () => {
  const { node, clock, transcript, ending } = start();
  await transcript.waitFor(/up \d+\n/);
  node.stop();
  assertEquals(await ending, "stopped");
  assertMatch(transcript.text, /node 4 \| asked to stop\n/);
  assertEquals([node.killed, node.startedAt, clock.pendingTimers], [false, null, 0]);
});

test("NodeProcess.stop() kills a node that does not end within 5 seconds", async () => {
  const { node, clock, transcript, ending } = start("stubborn");
  await transcript.waitFor(/up \d+\n/);
  node.stop();
  await transcript.waitFor(/asked to stop/);
  clock.advance(4_999);
  assertEquals(node.killed, false);
  clock.advance(1);
  assertEquals(await ending, "stopped");
  assertEquals(node.killed, true);
});

test("NodeProcess.kill() ends a node at once", async () => {
  const { node, transcript, ending } = start("stubborn");
  await transcript.waitFor(/up \d+\n/);
  node.kill();
  assertEquals(await ending, "stopped");
  assert(!transcript.text.includes("asked to stop"));
});

test("NodeProcess.run() starts a node again that was killed, and names the signal", async () => {
  const { node, clock, transcript, ending } = start();
  const [, pid] = await transcript.waitFor(/up (\d+)\n/);
  Deno.kill(Number(pid), "SIGKILL");
  await transcript.waitFor(
    /cluster \| node 4 was ended by signal SIGKILL; starting it again in 0\.2 s\n/,
  );
  assertEquals(node.startedAt, null);
  clock.advance(200);
  const [, , next] = await transcript.waitFor(/up (\d+)\n[^]*up (\d+)\n/);
  assert(next !== pid);
  node.stop();
  assertEquals(await ending, "stopped");
});

test("NodeProcess.run() waits longer with every failure, and names the exit code", async () => {
  const { node, clock, transcript, ending } = start("failing");
  for (const [ms, seconds] of [[200, "0.2"], [400, "0.4"], [800, "0.8"]] as const) {
    await transcript.waitFor(
      new RegExp(`node 4 exited with code 3; starting it again in ${seconds} s\n$`),
    );
    clock.advance(ms);
  }
  await transcript.waitFor(/in 1\.6 s\n$/);
  node.stop(); // ends the wait
  assertEquals(await ending, "stopped");
  assertEquals(clock.pendingTimers, 0);
});

test("NodeProcess.run() forgets earlier failures of a node that ran for 10 seconds", async () => {
  const { node, clock, transcript, ending } = start();
  for (const life of [0, 10_000]) {
    const [, pid] = await transcript.waitFor(/up (\d+)\n(?![^]*up)/);
    clock.advance(life);
    Deno.kill(Number(pid), "SIGKILL");
    await transcript.waitFor(/in 0\.2 s\n$/);
    transcript.write("--\n");
    clock.advance(200);
    await transcript.waitFor(/--\n[^]*up \d+\n(?![^]*--)/);
  }
  node.stop();
  await ending;
});

test("NodeProcess.run() gives up on a node that refuses its configuration", async () => {
  const { transcript, ending } = start("misconfigured");
  assertEquals(await ending, "misconfigured");
  assertEquals(transcript.text, "node 4 | cannot use this\n");
});

test("NodeProcess.run() tries again if the program cannot be started", async () => {
  const transcript = new Transcript();
  const clock = new FakeClock();
  const terminal = new Terminal(transcript.write, { colours: false });
  const command = ["/nonexistent/troupe"] as const;
  const node = new NodeProcess({ index: 0, command, terminal, clock });
  const ending = node.run();
  await transcript.waitFor(/node 0 could not be started \(.*\); starting it again in 0\.2 s\n/);
  node.stop();
  assertEquals(await ending, "stopped");
});

Deno.test("backoffMs() doubles from 0.2 to 5 seconds", () => {
  assertEquals([0, 1, 2, 3, 4, 5, 99].map(backoffMs), [200, 400, 800, 1_600, 3_200, 5_000, 5_000]);
});
