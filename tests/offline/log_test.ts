import { assertEquals, assertRejects } from "@std/assert";
import { OfflineLogDamaged, OfflineLogFull } from "../../cli/offline/errors.ts";
import { TroupeError } from "../../actors/errors.ts";
import { randomFrom } from "../storage/support.ts";
import { bytes, Device } from "./support.ts";

Deno.test("OfflineLog is a store of its own: values, numbers and sets", async () => {
  const device = await Device.start();
  assertEquals(device.show("k"), null);
  assertEquals(await device.put("k", "v"), 1);
  assertEquals(await device.log.increment("n", 5n), 2);
  assertEquals(await device.log.increment("n", -2n), 3);
  await device.log.add("s", bytes("a"));
  await device.log.add("s", bytes("b"));
  await device.log.add("s", bytes("a"));
  await device.log.remove("s", bytes("b"));
  assertEquals([device.show("k"), device.show("n"), device.show("s")], ["v", "3", ["a"]]);
  await device.log.delete("k");
  assertEquals(device.show("k"), null);
  assertEquals(device.log.state.pendingCount, 8);
});

Deno.test("OfflineLog is as it was after a power failure", async () => {
  const device = await Device.start();
  await device.put("k", "v");
  await device.log.learn("known", "revision 7", { type: "value", value: bytes("theirs") });
  await device.log.increment("n", 5n);
  await device.put("known", "mine");
  const { name } = device.log;
  const before = [...device.log.state.pending];
  device.disk.crash();
  await device.restart();
  assertEquals(device.log.name, name);
  assertEquals([...device.log.state.pending], before);
  assertEquals(["k", "n", "known"].map((key) => device.show(key)), ["v", "5", "mine"]);
  assertEquals(before.map(({ base, after }) => [base, after]), [
    [null, null],
    [null, null],
    ["revision 7", null],
  ]);
});

Deno.test("An operation says which one it builds upon", async () => {
  const device = await Device.start();
  await device.put("k", "1");
  await device.put("other", "1");
  await device.put("k", "2");
  assertEquals([...device.log.state.pending].map(({ after }) => after), [null, null, 1]);
});

Deno.test("OfflineLog keeps what it acknowledged, wherever the power fails", async () => {
  for (let operations = 1; operations < 40; operations++) {
    const device = await Device.start();
    device.disk.stopAfter(operations);
    let acknowledged = 0;
    const work = (async () => {
      for (let number = 1; number <= 20; number++) {
        await device.put(`k${number}`, "v".repeat(number * 40));
        acknowledged = number;
      }
    })();
    let ended = false;
    work.then(() => ended = true);
    for (let turn = 0; turn < 5_000 && !ended; turn++) await Promise.resolve();
    device.disk.crash(randomFrom(operations));
    await device.restart();
    const { lastNumber } = device.log.state;
    assertEquals(lastNumber === acknowledged || lastNumber === acknowledged + 1, true);
    for (let number = 1; number <= acknowledged; number++) {
      assertEquals(device.show(`k${number}`), "v".repeat(number * 40));
    }
  }
});

Deno.test("OfflineLog refuses what no store would take, and what does not fit", async () => {
  const device = await Device.start();
  const codeOf = async (run: () => Promise<unknown>) =>
    (await assertRejects(run, TroupeError) as TroupeError).code;
  assertEquals(await codeOf(() => device.put("", "v")), "bad_request");
  assertEquals(await codeOf(() => device.put("..", "v")), "bad_request");
  assertEquals(await codeOf(() => device.put("\ud800", "v")), "bad_request");
  assertEquals(await codeOf(() => device.put("k".repeat(1_025), "v")), "too_large");
  assertEquals(await codeOf(() => device.put("k", "v".repeat(524_289))), "too_large");
  await device.put("k", "text");
  assertEquals(await codeOf(() => device.log.increment("k", 1n)), "not_a_number");
  assertEquals(await codeOf(() => device.log.add("k", bytes("e"))), "wrong_operation");
  await device.log.increment("n", 2n ** 63n - 1n);
  assertEquals(await codeOf(() => device.log.increment("n", 1n)), "number_overflow");
  assertEquals(
    await codeOf(() => device.log.learn("k", "absent", { type: "absent" })),
    "wrong_operation",
  );
  assertEquals(device.log.state.pendingCount, 2);
});

Deno.test("OfflineLog is bounded by operations and by bytes", async () => {
  const few = await Device.start({ operationsMax: 2 });
  await few.put("a", "1");
  await few.put("b", "2");
  await assertRejects(() => few.put("c", "3"), OfflineLogFull, "2 operations wait");
  const small = await Device.start({ bytesMax: 4_000 });
  await small.put("a", "v".repeat(1_000));
  await assertRejects(() => small.put("b", "v".repeat(1_000)), OfflineLogFull, "of 4000 bytes");
  await small.log.delete("a");
});

Deno.test("OfflineLog forgets keys that nothing waits for, oldest first, and never one that waits", async () => {
  const device = await Device.start({ bytesMax: 16_000 });
  const value = bytes("v".repeat(1_000));
  await device.put("mine", "waits");
  for (let key = 0; key < 8; key++) {
    await device.log.learn(`k${key}`, "revision 1", { type: "value", value });
  }
  assertEquals(device.show("k0"), null);
  assertEquals(device.show("k7"), "v".repeat(1_000));
  assertEquals(device.show("mine"), "waits");
});

Deno.test("OfflineLog rewrites its records when they have grown, and knows the same", async () => {
  const device = await Device.start();
  const value = "v".repeat(100_000);
  await device.log.learn("n", "revision 3", { type: "value", value: bytes("40") });
  await device.log.increment("n", 2n);
  for (let round = 0; round < 200; round++) {
    await device.log.learn("big", `revision ${round}`, { type: "value", value: bytes(value) });
    await device.log.increment("m", 1n);
  }
  const size = device.disk.files.reduce(
    (sum, name) => sum + device.disk.contents(name)!.length,
    0,
  );
  assertEquals(size < 14_000_000, true, `${size} bytes`);
  await device.restart();
  assertEquals([device.show("n"), device.show("m")], ["42", "200"]);
  const [first] = device.log.state.pending;
  assertEquals([first!.number, first!.base, device.log.state.pendingCount], [1, "revision 3", 201]);
  assertEquals(await device.put("k", "v"), 202);
});

Deno.test("OfflineLog says that it is damaged rather than go on without an acknowledged operation", async () => {
  const device = await Device.start();
  await device.put("a", "v".repeat(2_000));
  await device.put("b", "v".repeat(2_000));
  const file = device.disk.files.toSorted((a, b) =>
    device.disk.contents(a)!.length - device.disk.contents(b)!.length
  ).at(-1)!;
  const damaged = device.disk.contents(file)!.slice();
  damaged[1_000]! ^= 0xff;
  device.disk.plant(file, damaged);
  await assertRejects(() => device.restart(), OfflineLogDamaged, "operations may be missing");
});
