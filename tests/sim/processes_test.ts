import { assert, assertEquals, assertNotEquals } from "@std/assert";
import { VirtualClock } from "../../actors/virtual_environment.ts";
import { NodeEnvironment } from "../../sim/environment.ts";
import { FaultAccount } from "../../sim/fault_account.ts";
import { RunHash } from "../../sim/run_hash.ts";
import { WallClock } from "../../sim/wall_clock.ts";

function newEnvironment(clock: VirtualClock, hash = new RunHash()): NodeEnvironment {
  return new NodeEnvironment({
    clock,
    hash,
    seed: 1n,
    node: 0,
    name: "node 0",
    wallTime: (at) => at,
    onLog: () => {},
    maybe: () => false,
  });
}

Deno.test("NodeEnvironment.pause() holds everything back until the process is resumed", () => {
  const clock = new VirtualClock();
  const environment = newEnvironment(clock);
  const ran: string[] = [];
  environment.after(10, () => ran.push("first"));
  const cancel = environment.after(20, () => ran.push("cancelled while paused"));
  environment.after(30, () => ran.push("second"));
  environment.after(500, () => ran.push("third"));
  environment.pause();
  clock.runFor(100);
  assertEquals(ran, []);
  cancel();
  environment.resume();
  clock.runFor(0);
  assertEquals(ran, ["first", "second"]);
  clock.runFor(400);
  assertEquals(ran, ["first", "second", "third"]);
});

Deno.test("NodeEnvironment.kill() lets nothing run any more", () => {
  const clock = new VirtualClock();
  const environment = newEnvironment(clock);
  let ran = 0;
  environment.after(10, () => ran++);
  environment.pause();
  clock.runFor(20);
  environment.defer(() => ran++);
  environment.kill();
  environment.resume();
  clock.runFor(100);
  assertEquals(ran, 0);
});

Deno.test("RunHash tells apart what happened at another time, at another node, or otherwise", () => {
  const hashOf = (at: number, node: number, event: string) => {
    const hash = new RunHash();
    hash.step(at, node, event);
    return hash.value;
  };
  const hashes = [hashOf(1, 0, "a"), hashOf(2, 0, "a"), hashOf(1, 1, "a"), hashOf(1, 0, "b")];
  assertEquals(new Set(hashes).size, 4);
  assertEquals(hashOf(1, 0, "a"), hashes[0]);
  const longer = new RunHash();
  longer.step(1, 0, "a");
  longer.bytes(Uint8Array.of(1));
  assertNotEquals(longer.value, hashes[0]);
});

Deno.test("FaultAccount never lets more than f disks be harmed at once", () => {
  const account = new FaultAccount(5);
  assert(account.mayHarm(0));
  account.harmed(0, 1);
  account.harmed(3, 1);
  assertEquals([0, 1, 2, 3, 4].map((replica) => account.mayHarm(replica)), [
    true,
    false,
    false,
    true,
    false,
  ]);
  assertEquals(account.whole, [1, 2, 4]);
  for (const tooSmall of [1, 2]) assert(!new FaultAccount(tooSmall).mayHarm(0));
});

Deno.test("FaultAccount.normal() counts a disk as whole only once a later process is normal", () => {
  const account = new FaultAccount(3);
  account.harmed(1, 4);
  account.normal(1, 4);
  assertEquals(account.whole, [0, 2]);
  account.normal(1, 5);
  assertEquals(account.whole, [0, 1, 2]);
});

Deno.test("WallClock drifts, and jumps", () => {
  const clock = new WallClock(100, 1.5);
  assertEquals(clock.at(10) - clock.at(0), 15);
  const before = clock.at(10);
  clock.jump(-50);
  assertEquals(clock.at(10), before - 50);
});
