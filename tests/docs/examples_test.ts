import { assert, assertStringIncludes } from "@std/assert";

/** How many examples a document has. */
const EXAMPLES = { "docs/actors.md": 2, "docs/simulation.md": 2 };

const canRun = Deno.permissions.querySync({ name: "run" }).state === "granted";

for (const [path, count] of Object.entries(EXAMPLES)) {
  Deno.test({
    name: `${path} has examples that are checked and run as they stand there`,
    ignore: !canRun,
    fn: async () => {
      const { success, stdout, stderr } = await new Deno.Command(Deno.execPath(), {
        args: ["test", "--doc", path],
        cwd: new URL("../../", import.meta.url),
        env: { NO_COLOR: "1" },
      }).output();
      const [output, errors] = [stdout, stderr].map((bytes) => new TextDecoder().decode(bytes));
      assert(success, `${output}${errors}`);
      assertStringIncludes(output!, `ok | ${count} passed | 0 failed`);
      if (path === "docs/actors.md") {
        assert(/^2$/m.test(output!), "what the example says it prints");
      }
    },
  });
}
