import { assertEquals } from "@std/assert";
import { VirtualClock } from "../../actors/virtual_environment.ts";
import { SparingLog } from "../../transport/sparing_log.ts";
import { virtualNode } from "./support.ts";

Deno.test("SparingLog.write() logs the first lines of a topic, then one in ten seconds", () => {
  const clock = new VirtualClock();
  const { environment, log } = virtualNode(0, clock);
  const sparing = new SparingLog(environment, "test");
  for (let count = 0; count < 100; count++) sparing.write("warn", "noise", `line ${count}`);
  assertEquals(log.map(({ text }) => text), ["line 0", "line 1", "line 2"]);
  clock.runFor(10_000);
  sparing.write("warn", "noise", "later");
  sparing.write("warn", "noise", "at once");
  assertEquals(log.slice(3), [{ level: "warn", text: "later (and 97 more like it)" }]);
});

Deno.test("SparingLog.write() does not let one topic silence another", () => {
  const { environment, log } = virtualNode(0);
  const sparing = new SparingLog(environment, "test");
  for (let count = 0; count < 10; count++) sparing.write("warn", "noise", "noise");
  sparing.write("info", "news", "news");
  assertEquals(log.map(({ text }) => text), ["noise", "noise", "noise", "news"]);
});
