import { assert, assertEquals } from "@std/assert";
import { LEASE_MS } from "../../examples/lock.ts";
import { lockWorld } from "../../examples/lock_simulation.ts";

Deno.test("lock is held by one at a time, whatever fails", () => {
  for (let seed = 1; seed <= 10; seed++) {
    const world = lockWorld(seed);
    assert(world.runFor(60_000), world.report);
  }
});

Deno.test("lock is given to everyone in the end, once nothing fails any more", () => {
  for (let seed = 1; seed <= 5; seed++) {
    const world = lockWorld(seed);
    world.runFor(10_000);
    world.calm();
    const holders = new Set<number>();
    for (const node of [1, 2, 3]) {
      world.system(node)!.events.subscribe((event) => {
        if (event.type === "published" && event.topic === "holding") holders.add(node);
      });
    }
    assert(world.runUntil(() => holders.size === 3, 60_000), world.report);
  }
});

Deno.test("lock that forgets what it has granted before a crash is found out", () => {
  const found = [1, 2, 3, 4, 5].map((seed) => {
    const world = lockWorld(seed, 0);
    world.runFor(60_000);
    return world.violations.some((text) => text.endsWith("hold the lock"));
  });
  assert(found.includes(true));
  // It is not the waiting alone: half of it will not do.
  const half = [1, 2, 3, 4, 5].map((seed) => lockWorld(seed, LEASE_MS / 2).runFor(60_000));
  assert(half.includes(false));
});

Deno.test("lock does the same under the same seed", () => {
  const [one, again, other] = [lockWorld(1), lockWorld(1), lockWorld(2)];
  for (const world of [one, again, other]) world.runFor(5_000);
  assertEquals(one.hash, again.hash);
  assert(one.hash !== other.hash);
});

Deno.test({
  name: "lock_simulation runs without any permission",
  ignore: Deno.permissions.querySync({ name: "run" }).state !== "granted",
}, async () => {
  const path = new URL("../../examples/lock_simulation.ts", import.meta.url).pathname;
  const command = new Deno.Command(Deno.execPath(), {
    args: ["run", "--no-prompt", "--no-check", path],
    stdout: "piped",
    stderr: "piped",
  });
  const { success, stdout, stderr } = await command.output();
  assert(success, new TextDecoder().decode(stderr));
  assertEquals(new TextDecoder().decode(stdout).trim().split("\n").length, 20);
});
