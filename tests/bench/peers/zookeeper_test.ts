import { assertEquals } from "@std/assert";
import { Buffer } from "node:buffer";
import {
  connectFrame,
  getFrame,
  ReplyReader,
  setFrame,
} from "../../../bench/peers/generator/zookeeper_frames.ts";
import { modeOf } from "../../../bench/nodes/zookeeper.ts";

Deno.test("frames are records of jute after their length", () => {
  assertEquals(connectFrame(30_000).length, 4 + 45);
  assertEquals(
    getFrame(7, "/k").toString("hex"),
    "0000000f" + "00000007" + "00000004" + "00000002" + "2f6b" + "00",
  );
  assertEquals(
    setFrame(1, "/k", Buffer.from("v")).toString("hex"),
    "00000017" + "00000001" + "00000005" + "00000002" + "2f6b" + "00000001" + "76" + "ffffffff",
  );
});

Deno.test("ReplyReader finds answers wherever they are cut", () => {
  const answer = (id: string, error: string, rest: string) =>
    Buffer.from(
      (16 + rest.length / 2).toString(16).padStart(8, "0") + id + "00".repeat(8) + error + rest,
      "hex",
    );
  const bytes = Buffer.concat([
    answer("00000001", "00000000", "aabbcc"),
    answer("00000002", "ffffff92", ""),
  ]);
  for (let at = 0; at <= bytes.length; at++) {
    const reader = new ReplyReader();
    assertEquals([bytes.subarray(0, at), bytes.subarray(at)].flatMap((part) => reader.push(part)), [
      { id: 1, error: 0 },
      { id: 2, error: -110 },
    ]);
  }
});

Deno.test("modeOf() reads what srvr answers", () => {
  assertEquals(modeOf("Zookeeper version: 3.8.0\nMode: leader\nNode count: 5\n"), "leader");
  assertEquals(modeOf("This ZooKeeper instance is not currently serving requests\n"), null);
});
