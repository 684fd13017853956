import { assertEquals } from "@std/assert";
import { refTo } from "../../actors/ref.ts";
import { ActorSystem } from "../../actors/system.ts";
import { VirtualClock, VirtualEnvironment } from "../../actors/virtual_environment.ts";
import type { MembershipEvent, MembershipRequest } from "../../protocols/master/membership.ts";
import { Reports } from "../../protocols/master/reports.ts";

/** A replica that does nothing but report, and what its membership is told. */
class ReportsWorld {
  readonly clock = new VirtualClock();
  readonly #told: string[] = [];
  readonly #system = new ActorSystem({
    node: 0,
    environment: new VirtualEnvironment(this.clock, { seed: 1 }),
  });
  #reports: Reports | undefined;
  #report: (reports: Reports) => void = () => {};

  constructor() {
    const membership = refTo<MembershipRequest>(0, "membership");
    this.#system.spawn<MembershipRequest>("membership", () => ({
      receive: ({ type, ...said }) => {
        const { replyTo: _, ...rest } = { replyTo: undefined, ...said };
        this.#told.push([type, ...Object.values(rest)].join(" "));
      },
    }));
    this.#system.spawn<MembershipEvent>("replica", (context) => {
      const reports = new Reports(context, { volume: 7, membership, heartbeatMs: 50 });
      this.#reports = reports;
      return { receive: () => this.#report(reports) };
    });
    this.clock.runFor(1);
  }

  get reports(): Reports {
    return this.#reports!;
  }

  /** What the membership is told by whatever the replica reports in a turn of its own. */
  told(report: (reports: Reports) => void): string[] {
    this.#report = report;
    this.#system.send(refTo<MembershipEvent>(0, "replica"), { type: "membership-started" });
    this.clock.runFor(1);
    return this.#told.splice(0);
  }
}

Deno.test("Reports.heard() passes on signs of life of a node twice a heartbeat at most", () => {
  const world = new ReportsWorld();
  const hear = (reports: Reports) => [1, 1, 2].forEach((node) => reports.heard(node));
  assertEquals(world.told(hear), ["heard 1", "heard 2"]);
  world.clock.runFor(20);
  assertEquals(world.told(hear), []);
  world.clock.runFor(5);
  assertEquals(world.told(hear), ["heard 1", "heard 2"]);
});

Deno.test("Reports.outdated() tells of a later epoch twice a heartbeat at most", () => {
  const world = new ReportsWorld();
  assertEquals(world.told((reports) => reports.outdated(3)), ["outdated 7 3"]);
  assertEquals(world.told((reports) => reports.outdated(4)), []);
  world.clock.runFor(25);
  assertEquals(world.told((reports) => reports.outdated(4)), ["outdated 7 4"]);
});

Deno.test("Reports.introduce() tells again what a membership that started anew has not heard", () => {
  const world = new ReportsWorld();
  const introduce = (reports: Reports) => reports.introduce(9);
  assertEquals(world.told(introduce), ["ready 7 9"]);
  assertEquals(world.told((reports) => reports.setStalled("disk full")), ["stalled 7 true"]);
  assertEquals(world.told((reports) => reports.accuse(2)), ["deaf 7 2"]);
  assertEquals([world.reports.stalled, world.reports.accused], ["disk full", 2]);
  assertEquals(world.told(introduce), ["ready 7 9", "stalled 7 true", "deaf 7 2"]);
  assertEquals(world.told((reports) => reports.setStalled(null)), ["stalled 7 false"]);
  assertEquals(world.told((reports) => reports.accuse(null)), ["deaf 7 "]);
  assertEquals(world.told(introduce), ["ready 7 9"]);
});
