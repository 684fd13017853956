import { assertEquals, assertStringIncludes, assertThrows } from "@std/assert";
import { PassThrough } from "node:stream";
import { UsageError } from "../../cli/kv/exit.ts";
import { type LineReader, pipedLines, terminalLines } from "../../cli/kv/line_reader.ts";
import { splitWords } from "../../cli/kv/repl_words.ts";
import { FakeCluster } from "./fake_cluster.ts";
import { interrupt, kv } from "./fake_io.ts";

/** Feeds lines to the REPL and returns its answers. */
async function answers(cluster: FakeCluster, stdin: string, ...flags: string[]): Promise<string[]> {
  const { code, stdout, stderr } = await kv(cluster, ["repl", ...flags], { stdin });
  assertEquals([code, stderr], [0, ""]);
  return stdout.split("\n").slice(0, -1);
}

Deno.test("kv repl answers vstamp's commands, in any case, one line each", async () => {
  const script = "SET name vstamp\nget name\nGet nothing\nSIZE\ndel name\nDEL name\nsize\n";
  assertEquals(await answers(new FakeCluster(), script), [
    "OK (revision 1)",
    '"vstamp"',
    "(not found)",
    "1",
    "OK (revision 2)",
    "(not found)",
    "0",
  ]);
});

Deno.test("kv repl keeps quoted words together and answers so that they can be quoted again", async () => {
  const cluster = new FakeCluster();
  const script =
    `SET "a key" 'two words'\nSET b "line\\nbreak \\"quoted\\" \\u00fc"\nGET "a key"\nGET b`;
  const [, , first, second] = await answers(cluster, script);
  assertEquals(first, '"two words"');
  assertEquals(second, String.raw`"line\nbreak \"quoted\" ü"`);
  assertEquals(cluster.store.text("b"), 'line\nbreak "quoted" ü');
  await answers(cluster, `SET c ${second}\r\n`);
  assertEquals(cluster.store.text("c"), cluster.store.text("b"));
});

Deno.test("kv repl compares, counts and scans", async () => {
  const cluster = new FakeCluster();
  const script = [
    "CAS k a b",
    "SET k a",
    "CAS k a b",
    "CAS k a c",
    "INCR n",
    "INCR n -3",
    "SCAN",
    "SCAN k",
    "SCAN x",
    'SCAN "" 1',
  ].join("\n");
  assertEquals(await answers(cluster, script), [
    "(not found)",
    "OK (revision 1)",
    "OK (revision 2)",
    "(not as expected, revision 2)",
    "1",
    "-2",
    '"k"="b" "n"="-2"',
    '"k"="b"',
    "(empty)",
    '"k"="b" ...',
  ]);
});

Deno.test("kv repl answers STATUS and HELP in a line", async () => {
  const [status, help] = await answers(new FakeCluster({ nodes: 1 }), "STATUS\nHELP\n");
  assertEquals(status, "0: primary normal view 3 op 12 commit 12");
  assertStringIncludes(help!, "GET KEY, SET KEY VALUE, DEL KEY");
});

Deno.test("kv repl goes on after every error", async () => {
  const cluster = new FakeCluster();
  cluster.store.set("word", "abc");
  const script = [
    "GTE k",
    "frob",
    "SET k two words",
    "SET k",
    'SET k "open',
    'SET k "\\u12"',
    "INCR word",
    "INCR n x",
    "SCAN a 0",
    "GET ..",
    "",
    "   ",
    "SIZE",
  ].join("\n");
  const found = await answers(cluster, script);
  assertEquals(found.length, 11); // an empty line gets no answer
  assertEquals(found.slice(0, 6), [
    '(error) Unknown command "GTE"; did you mean "GET"?',
    '(error) Unknown command "frob"; HELP lists them',
    "(error) Usage: SET KEY VALUE (quote a value with spaces)",
    "(error) Usage: SET KEY VALUE",
    '(error) The quote " at column 7 is not closed',
    String.raw`(error) The escape "\u12"" at column 8 needs four hexadecimal digits`,
  ]);
  assertStringIncludes(found[6]!, "is not a number");
  assertStringIncludes(found[9]!, "Cannot use the key");
  assertEquals(found[10], "1");
});

Deno.test("kv repl goes on when the cluster does not answer, and names unknown outcomes", async () => {
  const cluster = new FakeCluster();
  cluster.failNext("drop-after", (call) => {
    if (call.method === "PUT") cluster.down.add(0).add(1).add(2);
    return call.method === "PUT";
  });
  const found = await answers(cluster, "SET k v\nGET k\n", "--timeout", "800ms");
  assertStringIncludes(found[0]!, "(error) No answer within");
  assertStringIncludes(found[0]!, "client-id 17, request-number 1");
  assertStringIncludes(found[1]!, "(error) No node could serve the request");
});

Deno.test("kv repl ends at EXIT, at QUIT and at the end of its input", async () => {
  for (const script of ["exit\nSIZE\n", "QUIT\nSIZE\n", ""]) {
    assertEquals(await answers(new FakeCluster(), script), []);
  }
});

Deno.test("kv repl uses one session for all commands", async () => {
  const cluster = new FakeCluster();
  await answers(cluster, "SET a 1\nSET b 2\nDEL a\n");
  assertEquals(cluster.store.sessions, 1);
});

Deno.test("kv repl exits with 130 when interrupted between piped lines", async () => {
  const controller = new AbortController();
  const { code } = await kv(new FakeCluster(), ["repl"], {
    stdin: "SIZE\nSIZE\n",
    controller,
    onOutput: () => interrupt(controller),
  });
  assertEquals(code, 130);
});

Deno.test("kv repl shows tables to people, and Ctrl-C gives up a command only", async () => {
  const cluster = new FakeCluster();
  cluster.store.set("k", "v");
  cluster.failNext("hang", (call) => {
    if (call.path === "/v1/kv/k") queueMicrotask(() => giveUp());
    return call.path === "/v1/kv/k";
  });
  let giveUp = () => {};
  const script = ["GET k", "SCAN", "EXIT"];
  const prompts: string[] = [];
  const lines: LineReader = {
    read(prompt) {
      prompts.push(prompt);
      return Promise.resolve(script.shift() ?? null);
    },
    onInterrupt: (callback) => giveUp = callback,
    close() {},
  };
  const { code, stdout } = await kv(cluster, ["repl"], { lines });
  assertEquals([code, prompts], [0, ["kv> ", "kv> ", "kv> "]]);
  const [first, head, row] = stdout.split("\n");
  assertEquals(first, "(error) Interrupted");
  assertEquals([head!.split(/ +/)[0], row!.split(/ +/)[0]], ["KEY", "k"]);
});

Deno.test("splitWords() splits at spaces and honours quotes", () => {
  const cases: readonly (readonly [string, string[]])[] = [
    ["", []],
    ["  a \t b  ", ["a", "b"]],
    [`a"b c"d 'e f'`, ["ab cd", "e f"]],
    [`"" ''`, ["", ""]],
    [`'\\n' "\\n\\t\\\\"`, ["\\n", "\n\t\\"]],
    ["back\\slash", ["back\\slash"]],
  ];
  for (const [line, words] of cases) assertEquals(splitWords(line), words);
  for (const line of ['"a', "'a", '"a\\', '"a\\"', '"\\uzzzz"']) {
    assertThrows(() => splitWords(line), UsageError);
  }
});

Deno.test("pipedLines() puts lines together from chunks, in any encoding of line ends", async () => {
  const chunks = [[0x61, 0xc3], [0xbc, 0x0d, 0x0a, 0x0a, 0x62], [0x63]];
  const stdin = ReadableStream.from(chunks.map((bytes) => new Uint8Array(bytes)));
  const lines = pipedLines(stdin, new AbortController().signal);
  const found = [];
  for (let line = await lines.read(""); line !== null; line = await lines.read("")) {
    found.push(line);
  }
  assertEquals(found, ["aü", "", "bc"]);
  lines.close();
});

Deno.test("pipedLines() ends when interrupted while it waits", async () => {
  const controller = new AbortController();
  const lines = pipedLines(new ReadableStream(), controller.signal);
  const line = lines.read("");
  interrupt(controller);
  assertEquals(await line, null);
});

Deno.test("terminalLines() edits, remembers, completes, drops and ends", async () => {
  const input = new PassThrough();
  const output = new PassThrough();
  let shown = "";
  output.on("data", (chunk) => shown += chunk);
  const lines = terminalLines(["GET", "SET", "SIZE"], { input, output });
  const settled = () => new Promise((resolve) => setImmediate(resolve));
  const typed = async (...keys: string[]) => {
    const line = lines.read("kv> ");
    for (const key of keys) {
      input.write(key);
      await settled();
    }
    return await line;
  };
  assertEquals(await typed("GET kex\x7fy\r"), "GET key"); // backspace
  assertEquals(await typed("T x\x01SE\r"), "SET x"); // to the beginning
  assertEquals(await typed("\x1b[A\x1b[A\r"), "GET key"); // twice up
  assertEquals(await typed("si", "\t", "\r"), "size ");
  assertEquals(await typed("S", "I", "\t", "\r"), "SIZE ");
  assertEquals(await typed("half a li\x03GET k\r"), "GET k"); // Ctrl-C
  assertStringIncludes(shown, "^C");
  let interrupted = 0;
  lines.onInterrupt(() => interrupted++);
  input.write("\x03");
  input.write("ahead\r"); // typed while a command runs
  await settled();
  assertEquals(interrupted, 1);
  assertEquals(await lines.read("kv> "), "ahead");
  assertEquals(await typed("\x04"), null); // Ctrl-D
  lines.close();
});
