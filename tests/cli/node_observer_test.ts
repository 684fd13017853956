import { assertEquals } from "@std/assert";
import { ActorSystem } from "../../actors/system.ts";
import { VirtualClock, VirtualEnvironment } from "../../actors/virtual_environment.ts";
import { Observer } from "../../cli/node/observer.ts";

/** What the observer of a node of three makes of the figures that its replica publishes. */
function checksOf(figures: Record<string, unknown>): readonly string[] {
  const environment = new VirtualEnvironment(new VirtualClock(), { seed: 1 });
  const system = new ActorSystem({ node: 0, environment });
  const observer = new Observer(system, 3);
  const healthy = { status: "normal", view: 1, primary: 1, leading: false, suspected: [] };
  const detail = { ...healthy, stalled: null, ...figures };
  system.events.publish({ type: "published", actor: "replica", topic: "replica", detail });
  return observer.readiness().filter(({ ok }) => !ok).map((check) =>
    `${check.name}: ${check.detail}`
  );
}

Deno.test("Observer.readiness() is complete at a backup that hears its primary", () => {
  assertEquals(checksOf({}), []);
});

Deno.test("Observer.readiness() lacks a primary at a backup that does not hear it", () => {
  assertEquals(checksOf({ suspected: [1] }), ["primary: node 1, not heard of"]);
});

Deno.test("Observer.readiness() lacks a primary at one that does not hear a majority", () => {
  const primary = { primary: 0, leading: true };
  assertEquals(checksOf({ ...primary, suspected: [2] }), []);
  assertEquals(checksOf({ ...primary, suspected: [1, 2] }), [
    "primary: node 0, which hears 1 of 3, itself included",
  ]);
});

Deno.test("Observer.readiness() tells of a replica between views and of a disk that refuses", () => {
  const figures = { status: "view-change", primary: null, stalled: "the disk is full" };
  assertEquals(checksOf(figures), [
    "replica: view-change",
    "primary: none known",
    "journal: the disk is full",
  ]);
});
