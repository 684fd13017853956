import { assert, assertEquals } from "@std/assert";
import { refTo } from "../../actors/ref.ts";
import { ActorSystem } from "../../actors/system.ts";
import { VirtualClock, VirtualEnvironment } from "../../actors/virtual_environment.ts";
import type { DetectorEvent } from "../../protocols/failure_detector_messages.ts";
import type { SwimFigures } from "../../protocols/swim/core.ts";
import { swimMessage } from "../../protocols/swim/messages.ts";
import { SWIM_LOCAL, type SwimTuning } from "../../protocols/swim/options.ts";
import { swim, type SwimNotice, type SwimRequest } from "../../protocols/swim/swim.ts";
import { MemoryNetwork } from "../../transport/memory.ts";

/** Nodes that run the actor, and nothing else, on a network in memory. */
class Nodes {
  readonly clock = new VirtualClock();
  readonly network: MemoryNetwork;
  /** What each node's listener and subscriber were told, the newest last. */
  readonly notices = new Map<number, string[]>();
  readonly suspicions = new Map<number, string[]>();
  readonly figures = new Map<number, SwimFigures>();
  readonly errors: string[] = [];
  readonly #tuning: SwimTuning;
  readonly #systems = new Map<number, ActorSystem>();
  #starts = 0;

  constructor(count: number, tuning: Partial<SwimTuning> = {}) {
    this.network = new MemoryNetwork({ latencyMs: () => 1 });
    this.#tuning = { ...SWIM_LOCAL, ...tuning };
    for (let node = 0; node < count; node++) this.start(node);
    this.run(10_000);
    for (let node = 0; node < count; node++) this.forget(node);
  }

  start(node: number): void {
    const environment = new VirtualEnvironment(this.clock, {
      seed: 1,
      name: `node ${node}, start ${this.#starts++}`,
      onLog: (level, source, text) => {
        if (level === "error") this.errors.push(`${source}: ${text}`);
      },
    });
    const system = new ActorSystem({ node, environment });
    this.#systems.set(node, system);
    this.network.join(system);
    this.#note<SwimNotice>(
      system,
      "listener",
      this.notices,
      (notice) => "member" in notice ? `${notice.type} ${notice.member.node}` : notice.type,
    );
    this.#note<DetectorEvent>(
      system,
      "subscriber",
      this.suspicions,
      (event) => "peer" in event ? `${event.type} ${event.peer}` : event.type,
    );
    system.events.subscribe((event) => {
      if (event.type === "published" && event.topic === "swim") {
        this.figures.set(node, event.detail as SwimFigures);
      }
    });
    system.expose("swim", swimMessage);
    const actor = swim({
      node,
      meta: new Uint8Array([node]),
      seeds: [0],
      peer: (other) => refTo(other, "swim", swimMessage),
      listener: refTo(node, "listener"),
      subscriber: refTo(node, "subscriber"),
      tuning: this.#tuning,
    });
    system.spawn("swim", actor);
  }

  kill(node: number): void {
    this.#systems.get(node)!.shutdown();
    this.network.leave(node);
  }

  crashActor(node: number): void {
    this.#systems.get(node)!.crash("swim");
  }

  isolate(node: number): void {
    for (const other of this.#systems.keys()) {
      this.network.cut(node, other);
      this.network.cut(other, node);
    }
  }

  tell(node: number, request: SwimRequest): void {
    this.#systems.get(node)!.send(refTo<SwimRequest>(node, "swim"), request);
  }

  forget(node: number): void {
    this.notices.set(node, []);
    this.suspicions.set(node, []);
  }

  run(ms: number): void {
    this.clock.runFor(ms);
  }

  #note<M>(
    system: ActorSystem,
    name: string,
    notes: Map<number, string[]>,
    textOf: (message: M) => string,
  ): void {
    const { node } = system;
    notes.set(node, []);
    system.spawn<M>(name, () => ({
      receive: (message) => void notes.get(node)!.push(textOf(message)),
    }));
  }
}

Deno.test("swim() tells its listener who comes and goes, and publishes what it knows", () => {
  const nodes = new Nodes(3);
  nodes.kill(2);
  nodes.run(10_000);
  assertEquals(nodes.notices.get(0), ["member-suspected 2", "member-failed 2"]);
  nodes.start(2);
  nodes.run(1_000);
  assertEquals(nodes.notices.get(0)!.slice(2), ["member-joined 2"]);
  assertEquals(nodes.notices.get(2)!.toSorted(), [
    "member-joined 0",
    "member-joined 1",
    "swim-started",
  ]);
  nodes.run(5_000);
  const { self, others, healthScore } = nodes.figures.get(2)!;
  assertEquals(self.node, 2);
  assertEquals(others.map(({ node, state }) => `${node} ${state}`).sort(), ["0 alive", "1 alive"]);
  assertEquals(healthScore, 0);
  assertEquals(nodes.network.figures.undecodable, 0);
  assertEquals(nodes.errors, []);
});

Deno.test("swim() that is told to leave says when it may stop, and others do not suspect it", () => {
  const nodes = new Nodes(3);
  nodes.tell(0, { type: "observe", peers: [1, 2] });
  nodes.tell(2, { type: "leave" });
  nodes.run(1_000);
  assertEquals(nodes.notices.get(2), ["swim-departed"]);
  assertEquals(nodes.notices.get(0), ["member-left 2"]);
  assertEquals(nodes.suspicions.get(0), ["suspect 2"]);
  nodes.tell(2, { type: "join" });
  nodes.run(1_000);
  assertEquals(nodes.notices.get(0)!.slice(1), ["member-joined 2"]);
  assertEquals(nodes.suspicions.get(0)!.slice(1), ["trust 2"]);
});

Deno.test("swim() whose actor crashes says that it knows nobody, and joins anew", () => {
  const nodes = new Nodes(4);
  nodes.crashActor(3);
  nodes.run(3_000);
  assertEquals(nodes.notices.get(3)!.toSorted(), [
    "member-joined 0",
    "member-joined 1",
    "member-joined 2",
    "swim-started",
  ]);
  assertEquals(nodes.notices.get(0), [], "nothing has become of it, as far as others know");
});

Deno.test("swim() tells all what its node says of itself anew", () => {
  const nodes = new Nodes(3);
  nodes.tell(1, { type: "describe", meta: new Uint8Array([1, 2, 3]) });
  nodes.run(1_000);
  assertEquals(nodes.notices.get(0), ["member-changed 1"]);
  const described = nodes.figures.get(2)!.others.find(({ node }) => node === 1)!;
  assertEquals(described.meta, new Uint8Array([1, 2, 3]));
});

Deno.test("swim() as a failure detector suspects whom SWIM holds to be dead, and trusts who is back", () => {
  const nodes = new Nodes(4);
  nodes.tell(0, { type: "observe", peers: [1, 2] });
  nodes.run(10_000);
  assertEquals(nodes.suspicions.get(0), []);
  nodes.kill(2);
  nodes.kill(3);
  nodes.run(20_000);
  assertEquals(nodes.suspicions.get(0), ["suspect 2"], "and nobody that is not observed");
  nodes.start(2);
  nodes.run(1_000);
  assertEquals(nodes.suspicions.get(0), ["suspect 2", "trust 2"]);
});

Deno.test("swim() as a failure detector gives those who are not there as long as a suspect", () => {
  const nodes = new Nodes(3);
  nodes.kill(2);
  nodes.run(10_000);
  // Node 7 was never there, node 2 has died before it was to be observed.
  nodes.tell(0, { type: "observe", peers: [1, 2, 7] });
  nodes.run(2_900);
  assertEquals(nodes.suspicions.get(0), []);
  nodes.run(200);
  assertEquals(nodes.suspicions.get(0), ["suspect 2", "suspect 7"]);
  // Whom it suspected is trusted anew, without a word.
  nodes.tell(0, { type: "observe", peers: [7] });
  nodes.run(2_900);
  assertEquals(nodes.suspicions.get(0)!.length, 2);
  nodes.run(200);
  assertEquals(nodes.suspicions.get(0)!.slice(2), ["suspect 7"]);
});

Deno.test("swim() as a failure detector says that it has started, and observes nobody until it is told", () => {
  const nodes = new Nodes(3);
  nodes.tell(0, { type: "observe", peers: [2] });
  nodes.crashActor(0);
  nodes.run(1_000);
  nodes.kill(2);
  nodes.run(20_000);
  assertEquals(nodes.suspicions.get(0), ["detector-started"]);
});

Deno.test("swim() as a failure detector: one that is heard by another way is soon trusted", () => {
  const nodes = new Nodes(3, { gossipToDeadMs: 0, reconnectIntervalMs: 600_000 });
  nodes.tell(0, { type: "observe", peers: [1, 2] });
  nodes.isolate(2);
  nodes.run(30_000);
  nodes.network.healAll();
  nodes.run(5_000);
  assertEquals(nodes.suspicions.get(0), ["suspect 2"]);
  nodes.tell(0, { type: "heard", peer: 2 });
  nodes.run(5);
  assertEquals(nodes.suspicions.get(0), ["suspect 2", "trust 2"]);
});

Deno.test("swim() as a failure detector trusts one that flaps later each time", () => {
  const nodes = new Nodes(3, { reconnectIntervalMs: 500 });
  nodes.tell(0, { type: "observe", peers: [1, 2] });
  const waits = [1, 2, 3].map((death) => {
    nodes.kill(2);
    nodes.run(10_000);
    assertEquals(nodes.suspicions.get(0)!.length, 2 * death - 1);
    const start = nodes.clock.now;
    nodes.start(2);
    const isTrusted = () => nodes.suspicions.get(0)!.length === 2 * death;
    assert(nodes.clock.runUntil(isTrusted, 10_000));
    return nodes.clock.now - start;
  });
  const [first, second, third] = waits as [number, number, number];
  assert(first < 200, `${first} ms`);
  assert(second > 1_000 && second < 1_200, `${second} ms`);
  assert(third > 2_000 && third < 2_200, `${third} ms`);
});
