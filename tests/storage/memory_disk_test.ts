import { assert, assertEquals } from "@std/assert";
import type { Operation, Outcome } from "../../actors/actor.ts";
import { DiskError } from "../../storage/disk.ts";
import { MemoryDisk } from "./memory_disk.ts";
import { bytes, randomFrom, text } from "./support.ts";

/** Does operations at once. */
class Now {
  readonly #due: (() => void)[] = [];
  readonly disk = new MemoryDisk({ complete: (run) => this.#due.push(run) });

  do<T>(operation: Operation<T>): Outcome<T> | undefined {
    let outcome: Outcome<T> | undefined;
    operation((ended) => outcome = ended);
    assertEquals(outcome, undefined, "never from within the call");
    for (let run = this.#due.shift(); run; run = this.#due.shift()) run();
    return outcome;
  }

  content(name: string): string {
    return text(this.disk.contents(name));
  }
}

Deno.test("MemoryDisk reads what was written, changed and cut", () => {
  const now = new Now();
  const { disk } = now;
  now.do(disk.write("b", 2, bytes("cdef")));
  now.do(disk.write("b", 0, bytes("ab")));
  now.do(disk.write("a", 0, bytes("x")));
  assertEquals(now.do(disk.list()), { ok: true, value: ["a", "b"] });
  assertEquals(now.do(disk.size("b")), { ok: true, value: 6 });
  assertEquals(now.do(disk.read("b", 4, 100)), { ok: true, value: bytes("ef") });
  now.do(disk.truncate("b", 3));
  now.do(disk.truncate("b", 4));
  assertEquals(now.content("b"), "abc\0");
  now.do(disk.rename("b", "a"));
  assertEquals(disk.files, ["a"]);
  now.do(disk.remove("a"));
  assert(now.do(disk.read("a", 0, 1))?.ok === false);
});

Deno.test("MemoryDisk.crash() loses what was not synced, and only that", () => {
  const now = new Now();
  const { disk } = now;
  now.do(disk.write("kept", 0, bytes("old")));
  now.do(disk.sync("kept"));
  now.do(disk.syncDirectory());
  now.do(disk.write("kept", 0, bytes("new!")));
  now.do(disk.write("unlisted", 0, bytes("x")));
  now.do(disk.sync("unlisted"));
  now.do(disk.rename("kept", "renamed"));
  disk.crash();
  assertEquals(disk.files, ["kept"]);
  assertEquals(now.content("kept"), "old");
  now.do(disk.remove("kept"));
  disk.crash();
  assertEquals(disk.files, ["kept"]);
});

Deno.test("MemoryDisk.crash() with chance keeps the beginning of what was done", () => {
  const seen = new Set<string>();
  for (let seed = 0; seed < 200; seed++) {
    const now = new Now();
    const { disk } = now;
    disk.plant("file", new Uint8Array(512).fill(48));
    now.do(disk.write("file", 0, new Uint8Array(512).fill(49)));
    now.do(disk.write("file", 0, new Uint8Array(1024).fill(50)));
    disk.crash(randomFrom(seed));
    seen.add(now.content("file").replace(/(.)\1*/gs, (run, letter) => `${letter}${run.length} `));
  }
  const expected = [
    "0512 ",
    "1512 ",
    "2512 ",
    "1512 \x00512 ",
    "1512 2512 ",
    "2512 \x00512 ",
    "21024 ",
  ];
  assertEquals([...seen].sort(), expected.sort());
});

Deno.test("MemoryDisk keeps what was written through, and syncs nothing that was not written", () => {
  const now = new Now();
  const { disk } = now;
  assert(now.do(disk.writeThrough("file", 0, bytes("a")))?.ok);
  assert(now.do(disk.syncDirectory())?.ok);
  disk.failNext("write", new DiskError("Cannot write", true));
  const syncs = disk.count("sync");
  assert(now.do(disk.writeThrough("file", 0, bytes("b")))?.ok === false);
  assertEquals(disk.count("sync"), syncs);
  disk.crash();
  assertEquals(now.content("file"), "a");
});

Deno.test("MemoryDisk fails, holds and stops when told to", () => {
  const now = new Now();
  const { disk } = now;
  disk.failNext("write", new DiskError("Cannot write", true));
  assert(now.do(disk.write("file", 0, bytes("a")))?.ok === false);
  assert(now.do(disk.write("file", 0, bytes("a")))?.ok);
  disk.holdNext("sync");
  assertEquals(now.do(disk.sync("file")), undefined);
  assertEquals(now.do(disk.write("file", 0, bytes("b"))), undefined);
  assertEquals(now.content("file"), "a");
  disk.release();
  assertEquals(now.content("file"), "b");
  disk.stopAfter(1);
  assert(now.do(disk.size("file"))?.ok);
  assertEquals(now.do(disk.size("file")), undefined);
  disk.kill();
  assert(now.do(disk.size("file"))?.ok);
});

Deno.test("MemoryDisk takes a write in part when it is full", () => {
  const now = new Now();
  now.disk.limit(5);
  now.do(now.disk.write("a", 0, bytes("abc")));
  const outcome = now.do(now.disk.write("a", 1, bytes("BCDEFG")));
  assert(outcome?.ok === false && outcome.error instanceof DiskError && outcome.error.full);
  assertEquals(now.content("a"), "aBCDE");
});
