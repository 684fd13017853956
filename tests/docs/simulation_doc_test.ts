import { assert, assertStringIncludes } from "@std/assert";

const canRun = Deno.permissions.querySync({ name: "run" }).state === "granted";

Deno.test({
  name: "docs/simulation.md has examples that are checked and run as they stand there",
  ignore: !canRun,
  fn: async () => {
    const { success, stdout, stderr } = await new Deno.Command(Deno.execPath(), {
      args: ["test", "--doc", "docs/simulation.md"],
      cwd: new URL("../../", import.meta.url),
      env: { NO_COLOR: "1" },
    }).output();
    const [output, errors] = [stdout, stderr].map((bytes) => new TextDecoder().decode(bytes));
    assert(success, `${output}${errors}`);
    assertStringIncludes(output!, "ok | 2 passed | 0 failed");
  },
});
