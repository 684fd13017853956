// Whether an epoch has ended: asked by replicas, answered by one poll for all that ask meanwhile.
import { assert, assertEquals } from "@std/assert";
import { type Check, Checks } from "../../protocols/master/checks.ts";
import { MASTER } from "../../protocols/master/names.ts";
import { MasterCluster } from "./cluster.ts";

function check(ticket: number, volume = 0): Check {
  return { type: "check", volume, epoch: 1, ticket };
}

function tickets(checks: readonly Check[]): number[] {
  return checks.map(({ ticket }) => ticket);
}

Deno.test("Checks lets a poll answer only what was asked before it was sent", () => {
  const checks = new Checks();
  assertEquals(checks.isPollDue, false);
  checks.ask(check(1));
  assert(checks.isPollDue);
  const first = checks.sent();
  assertEquals(checks.isPollDue, false);
  checks.ask(check(2));
  checks.ask(check(3));
  assertEquals(checks.isPollDue, false);
  assertEquals(tickets(checks.answered(first)), [1]);
  assert(checks.isPollDue);
  assertEquals(tickets(checks.answered(checks.sent())), [2, 3]);
  assertEquals(checks.isPollDue, false);
});

Deno.test("Checks lets a later poll answer what one that was lost did not", () => {
  const checks = new Checks();
  checks.ask(check(1));
  const lost = checks.sent();
  checks.ask(check(2));
  const next = checks.sent();
  assertEquals(tickets(checks.answered(next)), [1, 2]);
  assertEquals(tickets(checks.answered(lost)), []);
  assertEquals(checks.isPollDue, false);
});

Deno.test("Checks forgets what an earlier incarnation of a replica has asked", () => {
  const checks = new Checks();
  checks.ask(check(1, 0));
  checks.ask(check(2, 1));
  checks.forget(0);
  assertEquals(tickets(checks.answered(checks.sent())), [2]);
});

Deno.test("Checks keeps a bounded number of questions: the newest", () => {
  const checks = new Checks();
  for (let ticket = 0; ticket < 3_000; ticket++) checks.ask(check(ticket));
  const answered = tickets(checks.answered(checks.sent()));
  assertEquals([answered.length, answered.at(-1)], [1024, 2_999]);
});

/** What a node's replica was told of the checks that it asked for, and when. */
function checkedAt(cluster: MasterCluster, index: number): [ticket: number, at: number][] {
  return cluster.node(index).replica.told.flatMap(({ at, event }) =>
    event.type === "checked" ? [[event.ticket, at]] : []
  );
}

Deno.test("member() answers a check by a poll that is sent after it", () => {
  // Polls are far apart: an answer that comes soon is not that of the next beat.
  const membership = { heartbeatMs: 400, leaseMs: 4_000 };
  const cluster = MasterCluster.formed({ latencyMs: () => 5, membership });
  cluster.run(450);
  for (const index of [0, 1, 2]) {
    const askedAt = cluster.now(index);
    cluster.tell(index, check(7));
    cluster.run(60);
    const [[ticket, at], ...others] = checkedAt(cluster, index) as [[number, number]];
    assertEquals([ticket, others], [7, []]);
    // To the primary and back, or from there to another node and back.
    assert(at - askedAt >= 10 && at - askedAt <= 40, `answered after ${at - askedAt} ms`);
  }
});

Deno.test("member() asks once for all checks that come while it waits", () => {
  const cluster = MasterCluster.formed({ latencyMs: () => 5, membership: { heartbeatMs: 400 } });
  cluster.run(450);
  const index = [0, 1, 2].find((node) => node !== cluster.primary)!;
  let polls = 0;
  const stop = cluster.network.intercept(({ from, to }) => {
    if (from === index && to.name === MASTER.clientTable) polls++;
    return undefined;
  });
  for (let ticket = 1; ticket <= 5; ticket++) cluster.tell(index, check(ticket));
  cluster.run(60);
  stop();
  assertEquals(checkedAt(cluster, index).map(([ticket]) => ticket), [1, 2, 3, 4, 5]);
  assert(polls <= 2, `${polls} polls for five checks`);
});

Deno.test("member() does not answer a check of a node that is cut off, nor one of an epoch that has ended", () => {
  const cluster = MasterCluster.formed({ topology: "clique" });
  cluster.run(200);
  cluster.isolate(2);
  // Its lease is still valid: that is not what counts.
  cluster.tell(2, check(7));
  cluster.until(() => !cluster.order().includes(2), 5_000, "the expulsion");
  assertEquals(checkedAt(cluster, 2), []);
  cluster.network.healAll();
  cluster.run(1_000);
  assertEquals(checkedAt(cluster, 2), []);
  const { epoch } = cluster.decided.volumes[0]!;
  cluster.tell(2, { ...check(8), epoch: epoch - 1 });
  cluster.tell(2, { ...check(9), epoch });
  cluster.run(200);
  assertEquals(checkedAt(cluster, 2).map(([ticket]) => ticket), [9]);
});

Deno.test("member() answers a check though the poll for it was lost", () => {
  const cluster = MasterCluster.formed();
  cluster.run(200);
  const index = [0, 1, 2].find((node) => node !== cluster.primary)!;
  const heal = cluster.network.intercept(({ from, to }) =>
    from === index && to.name === MASTER.clientTable ? { copies: 0 } : undefined
  );
  cluster.tell(index, check(7));
  cluster.run(40);
  heal();
  cluster.run(70);
  assertEquals(checkedAt(cluster, index).map(([ticket]) => ticket), [7]);
});
