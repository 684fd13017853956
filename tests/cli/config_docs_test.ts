import { assertEquals } from "@std/assert";
import { readTypes, renderDocs } from "../../cli/config/docs.ts";
import { fieldSpecs } from "../../cli/config/read.ts";
import { parseConfig } from "../../cli/config.ts";

const ROOT = new URL("../../", import.meta.url);
const MAY_READ = Deno.permissions.querySync({ name: "read", path: ROOT }).state === "granted";

Deno.test({
  name: "renderDocs() gives docs/configuration.md (write it with: deno run -A cli/config/docs.ts)",
  ignore: !MAY_READ,
  fn() {
    const page = Deno.readTextFileSync(new URL("docs/configuration.md", ROOT));
    assertEquals(renderDocs(readTypes()).split(/\s+/), page.split(/\s+/));
  },
});

Deno.test("fieldSpecs() lists every option of a configuration once, under its own name", () => {
  const config = parseConfig("replicas_addresses: [localhost:7200]", "c.yaml");
  const snake = (name: string) => name.replaceAll(/[A-Z]/g, (c) => `_${c.toLowerCase()}`);
  const paths = Object.entries(config).flatMap(([name, value]) =>
    typeof value === "object" && !Array.isArray(value)
      ? Object.keys(value).map((inner) => `${snake(name)}.${snake(inner)}`)
      : [snake(name)]
  );
  assertEquals(fieldSpecs().map(({ path }) => path), paths);
});
