import type { LogLevel } from "../../actors/actor.ts";
import type { SystemEvent } from "../../actors/events.ts";
import { type Ref, refTo } from "../../actors/ref.ts";
import { bytes, type Infer, ref, u32, union } from "../../actors/schema.ts";
import { ActorSystem } from "../../actors/system.ts";
import { VirtualClock, VirtualEnvironment } from "../../actors/virtual_environment.ts";

/** What an echo answers. */
export const echoed = union({ echoed: { number: u32, data: bytes(1 << 20) } });
/** What an echo is asked, or just told. */
export const echo = union({
  ask: { number: u32, data: bytes(1 << 20), replyTo: ref(echoed) },
  tell: { number: u32, data: bytes(1 << 20) },
});
/** A message to an echo. */
export type Echo = Infer<typeof echo>;
/** An answer of an echo. */
export type Echoed = Infer<typeof echoed>;

/** The echo of a node. */
export function echoOf(node: number): Ref<Echo> {
  return refTo(node, "echo", echo);
}

/** Starts an echo that other nodes may send to; returns the numbers that it is told. */
export function spawnEcho(system: ActorSystem): number[] {
  const told: number[] = [];
  system.expose("echo", echo);
  system.spawn<Echo>("echo", (context) => ({
    receive: (message) => {
      if (message.type === "tell") return void told.push(message.number);
      const { number, data, replyTo } = message;
      context.send(replyTo as Ref<Echoed>, { type: "echoed", number, data });
    },
  }));
  return told;
}

/** Asks the echo of a node, from another. */
export function ask(system: ActorSystem, node: number, number: number): Promise<Echoed> {
  return system.ask<Echo, Echoed>(
    echoOf(node),
    (replyTo) => ({ type: "ask", number, data: new Uint8Array(100), replyTo }),
    { timeoutMs: 60_000 },
  );
}

/** One line that a node has logged. */
export interface LogLine {
  readonly level: LogLevel;
  readonly text: string;
}

/** A node in virtual time. */
export interface VirtualNode {
  readonly system: ActorSystem;
  readonly environment: VirtualEnvironment;
  readonly events: SystemEvent[];
  readonly log: LogLine[];
}

/** Makes a node on a clock that several may share. */
export function virtualNode(node: number, clock = new VirtualClock(), seed = 1): VirtualNode {
  const log: LogLine[] = [];
  const events: SystemEvent[] = [];
  const environment = new VirtualEnvironment(clock, {
    seed,
    name: `node ${node}`,
    onLog: (level, _source, text) => log.push({ level, text }),
  });
  const system = new ActorSystem({ node, environment });
  system.events.subscribe((event) => events.push(event));
  return { system, environment, events, log };
}
