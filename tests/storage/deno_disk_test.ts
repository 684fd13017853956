import { assert, assertEquals, assertStringIncludes } from "@std/assert";
import type { Operation, Outcome } from "../../actors/actor.ts";
import { DenoDisk } from "../../storage/deno_disk.ts";
import { DiskError } from "../../storage/disk.ts";
import { bytes, text } from "./support.ts";

const ignore = ["read", "write"].some((name) => {
  return Deno.permissions.querySync({ name: name as "read" }).state !== "granted";
});

async function withDisk(test: (disk: DenoDisk, path: string) => Promise<void>): Promise<void> {
  const path = await Deno.makeTempDir();
  const disk = new DenoDisk(path);
  try {
    await test(disk, path);
  } finally {
    await disk.close();
    await Deno.remove(path, { recursive: true });
  }
}

function outcomeOf<T>(operation: Operation<T>): Promise<Outcome<T>> {
  return new Promise((resolve) => operation(resolve));
}

async function result<T>(operation: Operation<T>): Promise<T> {
  const outcome = await outcomeOf(operation);
  if (!outcome.ok) throw outcome.error;
  return outcome.value;
}

async function failure(operation: Operation<unknown>): Promise<DiskError> {
  const outcome = await outcomeOf(operation);
  assert(!outcome.ok && outcome.error instanceof DiskError);
  return outcome.error;
}

Deno.test({
  name: "DenoDisk reads what was written, changed and cut",
  ignore,
  fn: () =>
    withDisk(async (disk, path) => {
      await result(disk.write("log-1", 0, bytes("hello world")));
      await result(disk.write("log-1", 6, bytes("there!!")));
      await result(disk.sync("log-1"));
      assertEquals(text(await result(disk.read("log-1", 0, 100))), "hello there!!");
      assertEquals(text(await result(disk.read("log-1", 6, 5))), "there");
      assertEquals((await result(disk.read("log-1", 50, 5))).length, 0);
      await result(disk.truncate("log-1", 5));
      await result(disk.truncate("log-1", 6));
      assertEquals(await result(disk.size("log-1")), 6);
      assertEquals(text(await result(disk.read("log-1", 0, 9))), "hello\0");
      await result(disk.write("b.tmp", 0, bytes("b")));
      await Deno.mkdir(`${path}/directory`);
      assertEquals(await result(disk.list()), ["b.tmp", "log-1"]);
      await result(disk.rename("b.tmp", "log-1"));
      await result(disk.syncDirectory());
      assertEquals(text(await result(disk.read("log-1", 0, 9))), "b");
      await result(disk.remove("log-1"));
      assertEquals(await result(disk.list()), []);
    }),
});

Deno.test({
  name: "DenoDisk does operations one after the other, and answers after the call",
  ignore,
  fn: () =>
    withDisk(async (disk) => {
      const order: string[] = [];
      const { promise, resolve } = Promise.withResolvers<void>();
      disk.write("a", 0, bytes("1"))(() => order.push("write"));
      disk.sync("a")(() => order.push("sync"));
      disk.write("a", 1, bytes("2"))(() => order.push("write again"));
      disk.writeThrough("a", 2, bytes("3"))(() => order.push("write through"));
      disk.read("a", 0, 9)((read) => order.push(read.ok ? text(read.value) : "failed"));
      disk.remove("missing")(() => order.push("remove"));
      disk.rename("a", "b")(() => order.push("rename"));
      disk.read("b", 0, 9)((read) => {
        order.push(read.ok ? text(read.value) : "failed");
        resolve();
      });
      order.push("asked");
      await promise;
      assertEquals(order, [
        "asked",
        "write",
        "sync",
        "write again",
        "write through",
        "123",
        "remove",
        "rename",
        "123",
      ]);
    }),
});

Deno.test({
  name: "DenoDisk keeps files from everyone but their owner",
  ignore: ignore || Deno.build.os === "windows",
  fn: () =>
    withDisk(async (disk, path) => {
      await result(disk.write("log-1", 0, bytes("secret")));
      assertEquals((await Deno.stat(`${path}/log-1`)).mode! & 0o777, 0o600);
    }),
});

Deno.test({
  name: "DenoDisk says what it could not do, where and why",
  ignore,
  fn: () =>
    withDisk(async (disk, path) => {
      const missing = await failure(disk.read("log-9", 0, 10));
      assertEquals(missing.full, false);
      assertStringIncludes(missing.message, `Cannot read 10 bytes of "log-9" at 0 in ${path}`);
      const outside = await failure(disk.write("../escape", 0, bytes("x")));
      assertStringIncludes(outside.message, '"../escape"');
      assertEquals((await failure(disk.rename("log-9", "log-8"))).code, "disk_error");
    }),
});

Deno.test({
  name: "DenoDisk tells a full disk from other errors",
  ignore: ignore || Deno.build.os !== "linux",
  fn: () =>
    withDisk(async (disk, path) => {
      await Deno.symlink("/dev/full", `${path}/full`);
      const error = await failure(disk.write("full", 0, bytes("x")));
      assertEquals([error.full, error.code], [true, "disk_full"]);
    }),
});

Deno.test({
  name: "DenoDisk works with more files than it keeps open",
  ignore,
  fn: () =>
    withDisk(async (disk) => {
      const names = Array.from({ length: 40 }, (_, index) => `file-${index}`);
      for (const name of names) await result(disk.write(name, 0, bytes(name)));
      for (const name of names) {
        assertEquals(text(await result(disk.read(name, 0, 99))), name);
        await result(disk.sync(name));
      }
    }),
});
