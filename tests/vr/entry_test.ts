import { assert, assertEquals, assertThrows } from "@std/assert";
import { SchemaError } from "../../actors/schema.ts";
import {
  equalChecksums,
  GENESIS,
  openEntry,
  requestsOf,
  sealEntry,
} from "../../protocols/entry.ts";
import { bytesOf, textOf } from "./machine.ts";

function entry(requests: readonly string[], opNumber = 1) {
  return sealEntry({
    opNumber,
    view: 3,
    time: 1_700_000_000_123.5,
    parent: GENESIS,
    requests: requests.map(bytesOf),
  });
}

Deno.test("openEntry() reads what sealEntry() made", () => {
  for (const requests of [[], [""], ["a"], ["a", "", "longer than that"]]) {
    for (const opNumber of [1, 2 ** 32 + 5, Number.MAX_SAFE_INTEGER]) {
      const sealed = entry(requests, opNumber);
      const opened = openEntry(sealed.bytes);
      assertEquals(opened, sealed);
      assertEquals(requestsOf(opened).map(textOf), requests);
    }
  }
});

Deno.test("openEntry() refuses bytes of which any bit is wrong, or any part missing", () => {
  const { bytes } = entry(["a", "bc"]);
  for (let bit = 0; bit < bytes.length * 8; bit++) {
    const damaged = bytes.slice();
    damaged[bit >> 3]! ^= 1 << (bit & 7);
    assertThrows(() => openEntry(damaged), SchemaError);
  }
  for (let length = 0; length < bytes.length; length++) {
    assertThrows(() => openEntry(bytes.subarray(0, length)), SchemaError);
  }
  assertThrows(() => openEntry(Uint8Array.of(...bytes, 0)), SchemaError);
});

Deno.test("sealEntry() gives another checksum for another parent, view, time or request", () => {
  const content = { opNumber: 1, view: 1, time: 1, parent: GENESIS, requests: [bytesOf("a")] };
  const others = [
    { opNumber: 2 },
    { view: 2 },
    { time: 2 },
    { parent: sealEntry(content).checksum },
    { requests: [bytesOf("b")] },
    { requests: [bytesOf("a"), bytesOf("")] },
  ];
  const checksums = [{}, ...others].map((other) => sealEntry({ ...content, ...other }).checksum);
  for (const [index, a] of checksums.entries()) {
    for (const b of checksums.slice(index + 1)) assert(!equalChecksums(a, b));
  }
  assert(equalChecksums(sealEntry(content).checksum, checksums[0]!));
});
