import { assertEquals } from "@std/assert";
import { refTo } from "../../actors/ref.ts";
import { ActorSystem } from "../../actors/system.ts";
import { VirtualClock, VirtualEnvironment } from "../../actors/virtual_environment.ts";
import { type DetectorOptions, failureDetector } from "../../protocols/failure_detector.ts";
import type { DetectorEvent, DetectorRequest } from "../../protocols/failure_detector_messages.ts";

/** A clock that can go on while the process stands still. */
class PausingEnvironment extends VirtualEnvironment {
  pausedMs = 0;

  override now(): number {
    return super.now() + this.pausedMs;
  }
}

/** A detector, and when it says what. */
class DetectorWorld {
  readonly clock = new VirtualClock();
  readonly said: string[] = [];
  readonly #environment = new PausingEnvironment(this.clock, { seed: 1 });
  readonly #system = new ActorSystem({ node: 0, environment: this.#environment });

  constructor(options: Partial<DetectorOptions> = {}) {
    this.#system.spawn<DetectorEvent>("subscriber", () => ({
      receive: (event) => {
        const who = "peer" in event ? ` ${event.peer}` : "";
        this.said.push(`${this.clock.now} ${event.type}${who}`);
      },
    }));
    const subscriber = refTo<DetectorEvent>(0, "subscriber");
    const detector = failureDetector({ subscriber, heartbeatMs: 50, ...options });
    this.#system.spawn("detector", detector);
    this.run(0);
  }

  tell(request: DetectorRequest): void {
    this.#system.send(refTo<DetectorRequest>(0, "detector"), request);
    this.run(0);
  }

  /** Hears peers every `intervalMs` for a while. */
  hear(peers: readonly number[], intervalMs: number, durationMs: number): void {
    for (let passed = 0; passed < durationMs; passed += intervalMs) {
      this.run(intervalMs);
      for (const peer of peers) this.tell({ type: "heard", peer });
    }
  }

  run(ms: number): void {
    this.clock.runFor(ms);
  }

  crash(): void {
    this.#system.crash("detector");
    this.run(20);
  }

  /** The process stands still for so long, and then does whatever is due. */
  pause(ms: number): void {
    this.#environment.pausedMs += ms;
  }
}

Deno.test("FailureDetector says when it has started, and suspects nobody that it does not observe", () => {
  const world = new DetectorWorld();
  world.run(5_000);
  assertEquals(world.said, ["0 detector-started"]);
});

Deno.test("FailureDetector suspects a silent peer once, and trusts it when it is heard again", () => {
  const world = new DetectorWorld({ kind: "deadline", suspicionMs: 500 });
  world.tell({ type: "observe", peers: [1, 2] });
  world.hear([1, 2], 50, 1_000);
  world.hear([2], 50, 1_000);
  world.hear([1, 2], 50, 100);
  // It looks at every heartbeat, so the silence since 1000 shows at 1550.
  assertEquals(world.said, ["0 detector-started", "1550 suspect 1", "2050 trust 1"]);
});

Deno.test("FailureDetector with phi bears a peer that is usually late", () => {
  const punctual = new DetectorWorld();
  punctual.tell({ type: "observe", peers: [1] });
  punctual.hear([1], 50, 2_000);
  punctual.run(2_000);
  assertEquals(punctual.said.slice(1), ["2550 suspect 1"]);
  const late = new DetectorWorld();
  late.tell({ type: "observe", peers: [1] });
  late.hear([1], 100, 2_000);
  late.run(2_000);
  assertEquals(late.said.slice(1), ["2950 suspect 1"]);
});

Deno.test("FailureDetector starts anew with whom it is told to observe", () => {
  const world = new DetectorWorld({ kind: "deadline", suspicionMs: 500 });
  world.tell({ type: "observe", peers: [1, 2] });
  world.run(450);
  world.tell({ type: "observe", peers: [2, 3] });
  world.tell({ type: "heard", peer: 1 });
  world.run(500);
  assertEquals(world.said.slice(1), []);
  world.run(100);
  assertEquals(world.said.slice(1), ["1000 suspect 2", "1000 suspect 3"]);
  world.tell({ type: "observe", peers: [2] });
  world.run(500);
  assertEquals(world.said.slice(3), [], "trusted anew, without a word");
});

Deno.test("FailureDetector that was paused itself gives everyone their time anew", () => {
  const world = new DetectorWorld({ kind: "deadline", suspicionMs: 500 });
  world.tell({ type: "observe", peers: [1] });
  world.hear([1], 50, 1_000);
  world.pause(10_000);
  world.run(500);
  assertEquals(world.said.slice(1), []);
  world.run(100);
  assertEquals(world.said.slice(1), ["1600 suspect 1"]);
});

Deno.test("FailureDetector that has restarted says so, and observes nobody until it is told", () => {
  const world = new DetectorWorld({ kind: "deadline", suspicionMs: 500 });
  world.tell({ type: "observe", peers: [1] });
  world.crash();
  world.run(2_000);
  assertEquals(world.said.map((each) => each.replace(/.* /, "")), [
    "detector-started",
    "detector-started",
  ]);
});

Deno.test("FailureDetector suspects at once who is known to be gone, and once, until it is heard", () => {
  const world = new DetectorWorld({ kind: "deadline", suspicionMs: 500 });
  world.tell({ type: "observe", peers: [1, 2] });
  world.hear([1, 2], 50, 1_000);
  world.tell({ type: "gone", peer: 1 });
  world.tell({ type: "gone", peer: 1 });
  world.tell({ type: "gone", peer: 7 });
  world.hear([2], 50, 1_000);
  world.hear([1, 2], 50, 100);
  assertEquals(world.said.slice(1), ["1000 suspect 1", "2050 trust 1"]);
});

Deno.test("FailureDetector goes by silence again when something is heard of who was gone", () => {
  const world = new DetectorWorld({ kind: "deadline", suspicionMs: 500 });
  world.tell({ type: "observe", peers: [1] });
  world.tell({ type: "gone", peer: 1 });
  world.tell({ type: "heard", peer: 1 });
  world.run(2_000);
  assertEquals(world.said.slice(1), ["0 suspect 1", "0 trust 1", "550 suspect 1"]);
});
