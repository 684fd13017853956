/**
 * Golden transcripts of the important scenarios, for those who learn the protocols: the files in
 * `transcripts/`, whose commands are done again and whose output must be the same. To write them anew
 * after a change: `deno test -A tests/sim/transcripts_test.ts -- --update`, and read the difference.
 */
import { assertEquals } from "@std/assert";
import { rerun } from "./transcripts/script.ts";
import { Stage } from "./transcripts/stage.ts";

const DIRECTORY = new URL("transcripts/", import.meta.url);
const isUpdate = Deno.args.includes("--update");

const mayRead = Deno.permissions.querySync({ name: "read", path: DIRECTORY }).state === "granted";
const files = mayRead ? [...Deno.readDirSync(DIRECTORY)].map(({ name }) => name) : [];
const names = files.filter((name) => name.endsWith(".txt")).sort();

for (const name of names) {
  Deno.test(`Transcript ${name} still tells what happens`, () => {
    const path = new URL(name, DIRECTORY);
    const text = Deno.readTextFileSync(path);
    const stage = new Stage();
    const now = rerun(text, (commands) => stage.execute(commands));
    assertEquals(stage.end(), []);
    if (isUpdate) Deno.writeTextFileSync(path, now);
    else assertEquals(now, text);
  });
}

Deno.test("rerun() replaces what came of commands, and nothing else", () => {
  const text = "# prose\n\na\nb\n----\nold\nolder\n\n# more\nc\n----\n";
  const now = rerun(text, (commands) => [`${commands.join("+")}!`, "?"]);
  assertEquals(now, "# prose\n\na\nb\n----\na+b!\n?\n\n# more\nc\n----\nc!\n?\n");
});
