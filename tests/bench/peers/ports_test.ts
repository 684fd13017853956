import { assertEquals, assertGreater, assertLess } from "@std/assert";
import { parseCpuTicks } from "../../../bench/peers/cpu.ts";
import { freeBasePort } from "../../../bench/nodes/ports.ts";

Deno.test("parseCpuTicks() is not misled by the name of a program", () => {
  const fields = Array.from({ length: 20 }, (_, index) => index);
  assertEquals(parseCpuTicks(`17 (a) b (c) S ${fields.join(" ")}`), 10 + 11);
});

Deno.test({
  name: "freeBasePort() stays below the ports that outgoing connections get",
  ignore: Deno.permissions.querySync({ name: "net" }).state !== "granted",
  fn() {
    const base = freeBasePort([0, 1, 102]);
    assertGreater(base, 1_023);
    assertLess(base + 102, 32_768);
  },
});
