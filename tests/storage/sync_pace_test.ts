import { assert, assertEquals } from "@std/assert";
import { SyncPace } from "../../storage/sync_pace.ts";

function quickPace(): SyncPace {
  const pace = new SyncPace();
  for (let count = 0; count < 8; count++) {
    assert(!pace.isQuick(100), `after ${count} quick syncs`);
    pace.note(0.3);
  }
  return pace;
}

Deno.test("SyncPace trusts a disk after a row of quick syncs", () => {
  assert(quickPace().isQuick(100));
});

Deno.test("SyncPace trusts a disk no longer after one slow sync", () => {
  const pace = quickPace();
  pace.note(3.1);
  assertEquals(pace.isQuick(100), false);
  for (let count = 0; count < 7; count++) pace.note(0.3);
  assertEquals(pace.isQuick(100), false);
  pace.note(0.3);
  assert(pace.isQuick(100));
});

Deno.test("SyncPace leaves large syncs to the background", () => {
  const pace = quickPace();
  assert(pace.isQuick(1024 * 1024));
  assertEquals(pace.isQuick(1024 * 1024 + 1), false);
});
