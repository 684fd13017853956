import { assert, assertEquals, assertThrows } from "@std/assert";
import { randomInteger, randomStream } from "../../actors/random.ts";
import { replicaId } from "../../protocols/gossip/dot.ts";
import { TokenError } from "../../protocols/gossip/errors.ts";
import { newSession, sealSession } from "../../protocols/gossip/session.ts";
import { NodeClock } from "../../protocols/gossip/clock.ts";
import { openContext, sealContext, TOKEN_LENGTH_MAX } from "../../protocols/gossip/token.ts";
import { Hand } from "./support.ts";

const DOTS = [{ replica: replicaId(1, 5), n: 7 }, { replica: replicaId(2, 1), n: 1 }];

function codeOf(attempt: () => unknown): string {
  return assertThrows(attempt, TokenError).code;
}

Deno.test("A context token gives back what was sealed, in letters that a URL and a header take", () => {
  const token = sealContext("cluster", "key", DOTS);
  assert(/^[A-Za-z0-9_-]+$/.test(token), token);
  assertEquals(openContext("cluster", "key", token), DOTS);
  assertEquals(openContext("c", "", sealContext("c", "", [])), []);
});

Deno.test("A context token is refused for another key, another cluster, or as another kind", () => {
  const token = sealContext("cluster", "key", DOTS);
  assertEquals(codeOf(() => openContext("cluster", "other", token)), "token_foreign");
  assertEquals(codeOf(() => openContext("other", "key", token)), "token_foreign");
  const session = sealSession("cluster", newSession(), new NodeClock(), new Hand(1).store);
  assertEquals(codeOf(() => openContext("cluster", "key", session)), "token_foreign");
});

Deno.test("A context token is refused when a letter of it was changed, lost or added", () => {
  const random = randomStream(1, "token");
  const token = sealContext("cluster", "key", DOTS);
  for (let at = 0; at < token.length; at++) {
    const letter = "AZaz09-_"[randomInteger(random, 8)]!;
    if (letter === token[at]) continue;
    const changed = token.slice(0, at) + letter + token.slice(at + 1);
    assertEquals(codeOf(() => openContext("cluster", "key", changed)), "token_damaged");
    assertEquals(codeOf(() => openContext("cluster", "key", token.slice(0, at))), "token_damaged");
  }
  for (const text of ["", "*", "é", " ", `${token}AAAA`, token.repeat(2)]) {
    assertEquals(codeOf(() => openContext("cluster", "key", text)), "token_damaged");
  }
});

Deno.test("A token that would be too long is refused, never cut", () => {
  const dots = Array.from({ length: 700 }, (_, at) => ({ replica: 1, n: at + 1 }));
  assertEquals(codeOf(() => sealContext("cluster", "key", dots)), "token_too_large");
  assert(sealContext("cluster", "key", dots.slice(0, 400)).length <= TOKEN_LENGTH_MAX);
  const long = "A".repeat(TOKEN_LENGTH_MAX + 1);
  assertEquals(codeOf(() => openContext("cluster", "key", long)), "token_too_large");
});
