import { assertEquals } from "@std/assert";
import { KvStore } from "../../protocols/kv/store.ts";
import { check } from "../../sim/checker/check.ts";
import type { KvOperation } from "../../sim/checker/kv/operations.ts";
import { StoreModel } from "../../sim/checker/kv/store_model.ts";
import { KvWorkload } from "../../sim/workloads/kv.ts";
import { run } from "./ask.ts";

const MIX = { get: 3, scan: 3, size: 1, put: 3, delete: 1, cas: 2, conditional: 2, increment: 2 };

function newKv(): KvWorkload {
  return new KvWorkload({ keys: 3, valueBytes: 0, stale: 0, mix: MIX });
}

Deno.test("KvWorkload.history() tells of what a store did in words that a checker agrees with", () => {
  const { history } = run(newKv(), new KvStore(), 400);
  assertEquals(check(new StoreModel(), history as KvOperation[]).outcome, "linearizable");
  const other = (history as KvOperation[]).map((op) =>
    op.op === "get" && op.output.value !== null ? { ...op, output: { value: "never written" } } : op
  );
  assertEquals(check(new StoreModel(), other).outcome, "violation");
});
