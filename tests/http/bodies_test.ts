import { assert, assertEquals, assertRejects, assertThrows } from "@std/assert";
import { BodyReader } from "../../transport/http/bodies.ts";
import { HttpProblem } from "../../transport/http/problems.ts";

const LIMIT = 10_000;

/** A request whose body comes in chunks, without a declared length unless one is given. */
function chunked(chunks: Iterable<Uint8Array>, declared?: string): Request {
  return new Request("http://localhost/", {
    method: "PUT",
    body: ReadableStream.from(chunks),
    ...(declared === undefined ? {} : { headers: { "content-length": declared } }),
  });
}

function bytes(length: number): Uint8Array<ArrayBuffer> {
  return Uint8Array.from({ length }, (_, index) => index);
}

Deno.test("BodyReader.read() puts chunks together in their order", async () => {
  const reader = new BodyReader(1_000);
  for (const sizes of [[], [0], [1], [5_000], [4_096, 1], [1, 0, 5_000, 4_999], [LIMIT]]) {
    const whole = bytes(sizes.reduce((sum, size) => sum + size, 0));
    let at = 0;
    const chunks = sizes.map((size) => whole.slice(at, at += size));
    assertEquals(await reader.read(chunked(chunks), LIMIT), whole, String(sizes));
  }
});

Deno.test("BodyReader.read() takes a declared body at once, and none for no body", async () => {
  const reader = new BodyReader(1_000);
  assertEquals(await reader.read(chunked([bytes(7)], "7"), LIMIT), bytes(7));
  assertEquals((await reader.read(new Request("http://localhost/"), LIMIT)).length, 0);
  const empty = new Request("http://localhost/", {
    method: "PUT",
    headers: { "content-length": "0" },
  });
  assertEquals((await reader.read(empty, LIMIT)).length, 0);
});

Deno.test("BodyReader.read() stops reading an undeclared body beyond the limit", async () => {
  let taken = 0;
  let cancelled = false;
  const body = new ReadableStream({
    pull: (controller) => controller.enqueue(bytes(++taken && 1_000)),
    cancel: () => void (cancelled = true),
  });
  const request = new Request("http://localhost/", { method: "PUT", body });
  const error = await assertRejects(
    () => new BodyReader(1_000).read(request, LIMIT),
    HttpProblem,
    "Body of more than 10000 bytes exceeds the limit of 10000",
  );
  assertEquals([error.code, cancelled], ["too_large", true]);
  assert(taken <= 12, `${taken} chunks were taken`);
});

Deno.test("BodyReader.read() refuses a declared length beyond the limit, and a false one", async () => {
  const reader = new BodyReader(1_000);
  const beyond = assertThrows(() => reader.read(chunked([], "10001"), LIMIT), HttpProblem);
  assertEquals(beyond.code, "too_large");
  for (const text of ["-1", "1e3", "x", "1, 1", "9".repeat(20)]) {
    const error = assertThrows(() => reader.read(chunked([], text), LIMIT), HttpProblem);
    assertEquals(error.code, "bad_request", text);
  }
  const lie = await assertRejects(
    () => reader.read(chunked([bytes(LIMIT + 1)], "5"), LIMIT),
    HttpProblem,
  );
  assertEquals(lie.code, "too_large");
});

Deno.test("BodyReader.read() answers bad_request when the client breaks off", async () => {
  const reader = new BodyReader(1_000);
  for (const declared of [undefined, "50"]) {
    const broken = (function* () {
      yield bytes(5);
      throw new Error("connection reset");
    })();
    const error = await assertRejects(
      () => reader.read(chunked(broken, declared), LIMIT),
      HttpProblem,
      "broke off",
    );
    assertEquals(error.code, "bad_request");
  }
});

Deno.test("BodyReader.read() gives up a body that does not arrive in time, and only that", async () => {
  const reader = new BodyReader(4);
  // The reader's own timer lets the process end; a server's listener is what keeps it alive.
  const alive = setInterval(() => {}, 1_000);
  for (const headers of [{ "content-length": "9" }, {}] as HeadersInit[]) {
    const body = new ReadableStream();
    const request = new Request("http://localhost/", { method: "PUT", body, headers });
    const error = await assertRejects(
      () => reader.read(request, LIMIT),
      HttpProblem,
      "within 4 ms",
    );
    assertEquals([error.code, error.extras.headers], ["request_timeout", { connection: "close" }]);
  }
  assertEquals(await reader.read(chunked([bytes(5)]), LIMIT), bytes(5));
  clearInterval(alive);
});
