import { assertEquals } from "@std/assert";
import type { ActorFactory } from "../../actors/actor.ts";
import { refTo } from "../../actors/ref.ts";
import { type Infer, struct, u8 } from "../../actors/schema.ts";
import { ActorSystem } from "../../actors/system.ts";
import { VirtualClock, VirtualEnvironment } from "../../actors/virtual_environment.ts";
import { child, group } from "../../protocols/group.ts";
import { MemoryNetwork } from "../../transport/memory.ts";

const greeting = struct({ from: u8 });
type Greeting = Infer<typeof greeting>;

/** Two nodes, with a group `crew` of three on the second. */
class GroupWorld {
  readonly clock = new VirtualClock();
  readonly events: string[] = [];
  readonly greeted: string[] = [];
  readonly systems: readonly ActorSystem[];

  constructor() {
    const network = new MemoryNetwork();
    this.systems = [0, 1].map((node) => {
      const environment = new VirtualEnvironment(this.clock, { seed: 1, name: `node ${node}` });
      const system = new ActorSystem({ node, environment });
      network.join(system);
      return system;
    });
    const [, system] = this.systems as [ActorSystem, ActorSystem];
    system.events.subscribe((event) => {
      if (event.type === "published" || event.type === "dead-letter") return;
      this.events.push(`${event.type} ${event.actor}`);
    });
    system.expose("crew/second", greeting);
    const names = ["first", "second", "third"];
    system.spawn("crew", group(names.map((name) => child(name, this.#greeter(name)))), {
      supervision: { strategy: "rest-for-one", maxRestarts: 2 },
    });
    this.clock.runFor(10);
  }

  #greeter(name: string): ActorFactory<Greeting> {
    return () => ({ receive: ({ from }) => void this.greeted.push(`${name} by ${from}`) });
  }

  crash(name: string): void {
    this.events.length = 0;
    this.systems[1]!.crash(name);
    this.clock.runFor(3_000);
  }
}

Deno.test("group() starts its actors in their order", () => {
  const { events } = new GroupWorld();
  assertEquals(events, [
    "started crew",
    "started crew/first",
    "started crew/second",
    "started crew/third",
  ]);
});

Deno.test("group() has actors that other nodes reach by their full names", () => {
  const world = new GroupWorld();
  world.systems[0]!.send(refTo(1, "crew/second", greeting), { from: 0 });
  world.clock.runFor(10);
  assertEquals(world.greeted, ["second by 0"]);
});

Deno.test("group() restarts with a crashed actor those that come after it", () => {
  const world = new GroupWorld();
  world.crash("crew/second");
  assertEquals(world.events, [
    "failed crew/second",
    "stopped crew/third",
    "restarted crew/second",
    "restarted crew/third",
  ]);
});

Deno.test("group() restarts whole if its actors fail too often", () => {
  const world = new GroupWorld();
  for (let crashes = 0; crashes < 3; crashes++) world.crash("crew/third");
  assertEquals(world.events.filter((event) => event.startsWith("restarted")), ["restarted crew"]);
  assertEquals(world.events.filter((event) => event.startsWith("started")), [
    "started crew/first",
    "started crew/second",
    "started crew/third",
  ]);
  world.systems[0]!.send(refTo(1, "crew/second", greeting), { from: 0 });
  world.clock.runFor(10);
  assertEquals(world.greeted, ["second by 0"]);
});
