import { assert, assertEquals, assertRejects, assertStringIncludes } from "@std/assert";
import {
  BadDataDirectory,
  DataDirectory,
  DataDirectoryLocked,
  WrongDataDirectory,
} from "../../storage/data_directory.ts";

const ignore = Deno.build.os === "windows" || ["read", "write"].some((name) => {
  return Deno.permissions.querySync({ name: name as "read" }).state !== "granted";
});

async function withPath(test: (path: string) => Promise<void>): Promise<void> {
  const parent = await Deno.makeTempDir();
  try {
    await test(`${parent}/data`);
  } finally {
    await Deno.remove(parent, { recursive: true });
  }
}

function open(
  path: string,
  { cluster = "main", node = 0, warn = (_: string) => {} } = {},
): Promise<DataDirectory> {
  return DataDirectory.open({ path, cluster, node, warn });
}

Deno.test({
  name: "DataDirectory.open() creates a directory for its owner alone, and finds it again",
  ignore,
  fn: () =>
    withPath(async (path) => {
      const warnings: string[] = [];
      const warn = (text: string) => warnings.push(text);
      await (await open(path, { warn: (text) => void warn(text) })).close();
      assertEquals((await Deno.stat(path)).mode! & 0o777, 0o700);
      for (const { name } of Deno.readDirSync(path)) {
        assertEquals((await Deno.stat(`${path}/${name}`)).mode! & 0o777, 0o600, name);
      }
      await (await open(path, { warn: (text) => void warn(text) })).close();
      assertEquals(warnings, []);
    }),
});

Deno.test({
  name: "DataDirectory.open() refuses a directory in use, until it is closed",
  ignore,
  fn: () =>
    withPath(async (path) => {
      const first = await open(path);
      const error = await assertRejects(() => open(path), DataDirectoryLocked);
      assertStringIncludes(String(error), path);
      await first.close();
      await (await open(path)).close();
    }),
});

Deno.test({
  name: "DataDirectory.open() refuses the directory of another node or cluster",
  ignore,
  fn: () =>
    withPath(async (path) => {
      await (await open(path)).close();
      await assertRejects(
        () => open(path, { node: 2 }),
        WrongDataDirectory,
        'it belongs to node 0 of cluster "main", and this is node 2 of cluster "main"',
      );
      await assertRejects(() => open(path, { cluster: "test" }), WrongDataDirectory);
      await (await open(path)).close();
    }),
});

Deno.test({
  name: "DataDirectory.open() refuses what it cannot make sense of",
  ignore,
  fn: () =>
    withPath(async (path) => {
      await Deno.mkdir(path, { mode: 0o700 });
      await Deno.writeTextFile(`${path}/notes.txt`, "mine");
      await assertRejects(() => open(path), BadDataDirectory, '"notes.txt" is there');
      await Deno.remove(`${path}/notes.txt`);
      for (const text of ["", "{", "[]", "null", '{"format":1,"cluster":"main"}']) {
        await Deno.writeTextFile(`${path}/identity.json`, text);
        await assertRejects(() => open(path), BadDataDirectory, "does not say whose it is");
      }
      const newer = '{"format":2,"cluster":"main","node":0}';
      await Deno.writeTextFile(`${path}/identity.json`, newer);
      await assertRejects(() => open(path), BadDataDirectory, "its format is 2");
      await Deno.writeTextFile(`${path}.file`, "");
      await assertRejects(() => open(`${path}.file`), BadDataDirectory);
    }),
});

Deno.test({
  name: "DataDirectory.open() warns of a directory that others can look into",
  ignore,
  fn: () =>
    withPath(async (path) => {
      await Deno.mkdir(path);
      await Deno.chmod(path, 0o750);
      const warnings: string[] = [];
      await (await open(path, { warn: (text) => void warnings.push(text) })).close();
      assertEquals(warnings.length, 1);
      assertStringIncludes(warnings[0]!, "0750");
    }),
});

Deno.test({
  name: "DataDirectory.disk() gives each journal a directory of its own",
  ignore,
  fn: () =>
    withPath(async (path) => {
      await using data = await open(path);
      assert(data.disk("replica") === data.disk("replica"));
      assert(data.disk("replica") !== data.disk("master"));
      assertEquals((await Deno.stat(`${path}/replica`)).mode! & 0o777, 0o700);
    }),
});
