import { assert, assertEquals } from "@std/assert";
import { encodeCommand } from "../../protocols/kv/commands.ts";
import { encodeRequest } from "../../protocols/request.ts";
import { GENESIS, sealEntry } from "../../protocols/entry.ts";
import { drawPlan } from "../../sim/plan.ts";
import { runPlan } from "../../sim/run.ts";
import type { TracedMessage, TraceEvent } from "../../sim/trace/events.ts";
import { Lanes } from "../../sim/trace/lanes.ts";
import { spaceTimeLog } from "../../sim/trace/log.ts";
import { layOut, placeOf, rowsOf } from "../../sim/trace/page/model.js";
import { tracePage } from "../../sim/trace/page.ts";
import { TraceRecorder } from "../../sim/trace/recorder.ts";
import { wordsOf } from "../../sim/trace/words.ts";
import { drawScene } from "../../sim/workloads/draw.ts";

/** A run of three nodes, cut short, and what was written down of it. */
function traced(seed: bigint): { readonly recorder: TraceRecorder; readonly hash: string } {
  let recorder: TraceRecorder | undefined;
  const plan = drawPlan(seed, { nodes: 3, durability: "disk" });
  const { hash } = runPlan({ ...plan, safetyMs: 1_500 }, drawScene(seed, "kv"), {
    watch: (world) => recorder = new TraceRecorder(world),
  });
  return { recorder: recorder!, hash };
}

function messagesOf(events: readonly TraceEvent[]): TracedMessage[] {
  return events.filter((event) => event.kind === "message");
}

Deno.test("wordsOf() names messages as the papers do, and what is in them by the papers' letters", () => {
  const command = encodeCommand({ type: "put", key: "a", value: new TextEncoder().encode("1") });
  const requests = [
    encodeRequest({ type: "command", clientId: 4, requestNumber: 2, command }),
    encodeRequest({ type: "open-session", nonce: 1, sessionsMax: 5 }),
  ];
  const entry = sealEntry({ opNumber: 7, view: 2, time: 1, parent: GENESIS, requests });
  assertEquals(
    wordsOf({ type: "prepare", view: 2, commitNumber: 6, entry }),
    "PREPARE v=2 k=6 n=7 [put a=1 #2, open session]",
  );
  const vote = { opNumber: 7, commitNumber: 3, head: GENESIS, replica: 1 };
  assertEquals(
    wordsOf({ type: "doViewChange", view: 3, lastNormalView: 2, ...vote }),
    "DOVIEWCHANGE v=3 v'=2 n=7 k=3",
  );
  const inner = { type: "commit", view: 1, commitNumber: 2, opNumber: 3, replica: 0 };
  const stamped = { type: "stamped", vector: [1, 0, 4_000_000_005], message: inner, replica: 0 };
  assertEquals(wordsOf(stamped), "COMMIT v=1 k=2 n=3 cv=[1 0 ..5]");
});

Deno.test("TraceRecorder changes nothing of the run that it watches", () => {
  const plan = { ...drawPlan(7n, { nodes: 3, durability: "disk" }), safetyMs: 1_500 };
  assertEquals(traced(7n).hash, runPlan(plan, drawScene(7n, "kv")).hash);
});

Deno.test("TraceRecorder knows of every message how its way ended, and which say nothing new", () => {
  const { events } = traced(7n).recorder.trace();
  const messages = messagesOf(events);
  assert(messages.length > 300, `${messages.length} messages`);
  for (const { at, arrivals } of messages) {
    assert(arrivals.every((arrival) => arrival.at >= at));
  }
  const heartbeats = messages.filter(({ name, isRepeated }) => name === "COMMIT" && isRepeated);
  assert(heartbeats.length > 0);
  const times = events.map(({ at }) => at);
  assertEquals(times, times.toSorted((a, b) => a - b));
});

Deno.test("TraceRecorder.trace() gives what happened between two moments", () => {
  const { recorder } = traced(7n);
  const all = recorder.trace().events;
  const some = recorder.trace(500, 700).events;
  const before = some.filter(({ at }) => at < 500);
  assertEquals(some.slice(before.length), all.filter(({ at }) => at >= 500 && at <= 700));
  assert(some.length < all.length);
  // And what the nodes were when it began.
  const states = before.filter(({ kind }) => kind === "state");
  assertEquals(states.length, 3, "one for each node");
});

Deno.test("Lanes.arrow() goes from one column to others, and says which of them it does not reach", () => {
  const lanes = new Lanes(3);
  for (const node of [0, 1, 2]) lanes.changes(node, "starts");
  assertEquals(lanes.header(), "c   0   1   2");
  const two = [{ node: 0, isLost: false }, { node: 2, isLost: true }];
  assertEquals(lanes.arrow(1, two).trimEnd(), "│   ◀───●───x");
  assertEquals(lanes.arrow(200, [{ node: 2, isLost: false }]).trimEnd(), "●───┼───┼───▶");
  lanes.changes(1, "dies");
  lanes.changes(2, "is paused");
  assertEquals(lanes.mark(0, "■").trimEnd(), "│   ■       ┊");
});

Deno.test("spaceTimeLog() says a broadcast in one line, and leaves out what says nothing new", () => {
  const message = { kind: "message", from: 0, name: "COMMIT", text: "COMMIT v=0" } as const;
  const sent = { ...message, isReplay: false, isRepeated: false } as const;
  const arrivals = [{ at: 3, end: "arrived" }] as const;
  const events: TraceEvent[] = [
    { ...sent, at: 1, to: 1, arrivals },
    { ...sent, at: 1, to: 2, arrivals: [{ at: 2, end: "cut" }] },
    { ...sent, at: 5, to: 1, arrivals, isRepeated: true },
  ];
  const [header, ...lines] = spaceTimeLog({ nodes: 3, from: 0, until: 9, events });
  assertEquals(header!.trim(), "ms  c   0   1   2");
  assertEquals(lines.length, 2);
  assert(lines[0]!.endsWith("COMMIT v=0  [1 at 3.000]  [2 cut off]"), lines[0]);
  assert(lines[1]!.includes("1 messages that say nothing new"), lines[1]);
});

Deno.test("layOut() gives every row a place of its own, and any time one between them", () => {
  const events = [1, 1, 2, 40].map((at) => ({ kind: "note", at, text: "" }));
  const window = { from: 0, until: 50, hidden: new Set(), showsRepeated: false };
  const rows = rowsOf(events, window);
  const { places, gaps } = layOut(rows, 0);
  assertEquals(rows.length, 4);
  const ys = places.map(({ y }: { readonly y: number }) => y);
  assertEquals(new Set(ys).size, 4);
  assertEquals(gaps.map(({ text }: { readonly text: string }) => text), ["38.0 ms"]);
  const middle = placeOf(places, 1.5);
  assert(ys[1]! < middle && middle < ys[2]!, `${middle} of ${ys}`);
  const logsHidden = { ...window, hidden: new Set(["logs"]) };
  assertEquals(rowsOf(events, logsHidden), []);
});

Deno.test("tracePage() is one page that needs nothing else, whatever the texts in it", () => {
  const evil = "</script><b>";
  const events: TraceEvent[] = [{ kind: "note", at: 1, node: undefined, text: evil }];
  const page = tracePage({ nodes: 3, from: 0, until: 9, events }, {
    title: evil,
    outcome: "violation",
    isFailure: true,
    violations: [evil],
    facts: [evil],
  });
  assert(!page.includes(evil));
  assertEquals(page.match(/<\/script>/g)?.length, 2);
  assert(!/(src|href)=/.test(page));
  const [, json] = /id="data">(.*?)<\/script>/s.exec(page)!;
  assertEquals(JSON.parse(json!).events[0].text, evil);
});
