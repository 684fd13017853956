// Bytes from others: whatever they are, they are read as what they say, or refused.
import { assert, assertEquals } from "@std/assert";
import { randomInteger, randomStream } from "../../actors/random.ts";
import { decode, encode, type Schema, SchemaError } from "../../actors/schema.ts";
import { fingerprintSchema } from "../../protocols/gossip/fingerprint.ts";
import { deltaSchema } from "../../protocols/gossip/key_state.ts";
import { type Repair, repairSchema } from "../../protocols/gossip/repair.ts";
import { reportSchema } from "../../protocols/gossip/stable_cut.ts";
import { TOTAL_MIN } from "../../protocols/gossip/payload.ts";
import { bytesOf, Hand } from "./support.ts";

function repair(): Repair {
  const [a, x] = [new Hand(1), new Hand(2)];
  a.put("lww", "value");
  a.delete("lww/gone");
  a.put("siblings", "1");
  a.put("siblings", "2", a.context("siblings"));
  a.put("siblings", "3", [{ replica: 9, n: 9 }]);
  a.do("set", { type: "add", element: bytesOf("element") });
  a.do("counter", { type: "increment", by: TOTAL_MIN });
  x.put("lww", "other");
  const made = a.data.repairFor(x.store.clock.clone(), 1e6);
  assert(typeof made === "object");
  return made;
}

function fuzz<T>(schema: Schema<T>, value: T, seed: number): void {
  const random = randomStream(seed, "wire");
  const bytes = encode(schema, value);
  assertEquals(encode(schema, decode(schema, bytes)), bytes);
  for (let round = 0; round < 2_000; round++) {
    const damaged = bytes.slice(0, bytes.length - randomInteger(random, 3));
    for (let flips = 1 + randomInteger(random, 3); flips > 0; flips--) {
      damaged[randomInteger(random, damaged.length)] = randomInteger(random, 256);
    }
    try {
      encode(schema, decode(schema, damaged));
    } catch (error) {
      assert(error instanceof SchemaError, String(error));
    }
  }
}

Deno.test("Repairs come through the wire, or are refused", () => {
  const made = repair();
  fuzz(repairSchema, made, 1);
  const x = new Hand(2);
  x.put("lww", "other");
  assertEquals(x.data.applyRepair(decode(repairSchema, encode(repairSchema, made)), x.now), 0);
  assertEquals([x.show("counter"), x.show("set")], [TOTAL_MIN, ["element"]]);
  assertEquals(x.show("siblings"), ["2", "3"]);
});

Deno.test("Deltas, reports and fingerprints come through the wire, or are refused", () => {
  const a = new Hand(1);
  const { delta } = a.put("siblings", "value", [{ replica: 9, n: 9 }]);
  fuzz(deltaSchema, delta!, 2);
  fuzz(deltaSchema, a.delete("siblings").delta!, 3);
  fuzz(fingerprintSchema, a.store.fingerprint, 4);
  const { self } = a.store;
  const promised = a.data.promise(a.now);
  const clock = a.store.clock.clone();
  fuzz(reportSchema, { replica: self, clock, promised, members: [self, 5], closed: [7] }, 5);
});
