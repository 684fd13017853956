import type { ActorFactory, Context, LogLevel, Supervision } from "../../actors/actor.ts";
import type { SystemEvent } from "../../actors/events.ts";
import type { Ref } from "../../actors/ref.ts";
import { ActorSystem } from "../../actors/system.ts";
import { VirtualClock, VirtualEnvironment } from "../../actors/virtual_environment.ts";

/** One line that the runtime has logged. */
export interface LogLine {
  readonly level: LogLevel;
  readonly source: string;
  readonly text: string;
}

/** A node in virtual time, with everything that it has said. */
export interface World {
  readonly clock: VirtualClock;
  readonly environment: VirtualEnvironment;
  readonly system: ActorSystem;
  readonly events: SystemEvent[];
  readonly log: LogLine[];
  /** Runs everything that is due now; time does not pass. */
  settle(): void;
  /** The events of some actor as `type` or `type actor`, in order. */
  story(actor?: string): string[];
}

/** Makes a world. */
export function world(
  options: {
    readonly seed?: number;
    readonly supervision?: Supervision;
    readonly onFailure?: (error: unknown) => void;
    readonly maybe?: (label: string) => boolean;
  } = {},
): World {
  const { seed = 1, supervision, onFailure, maybe } = options;
  const clock = new VirtualClock();
  const log: LogLine[] = [];
  const environment = new VirtualEnvironment(clock, {
    seed,
    onLog: (level, source, text) => log.push({ level, source, text }),
    ...(maybe && { maybe }),
  });
  const system = new ActorSystem({
    node: 0,
    environment,
    ...(supervision && { supervision }),
    ...(onFailure && { onFailure }),
  });
  const events: SystemEvent[] = [];
  system.events.subscribe((event) => events.push(event));
  return {
    clock,
    environment,
    system,
    events,
    log,
    settle: () => {
      while (clock.step(clock.now));
    },
    story: (actor) =>
      events.flatMap((event) => {
        if (event.type === "published" || event.type === "dead-letter") return [];
        if (actor === undefined) return [`${event.type} ${event.actor}`];
        return event.actor === actor ? [event.type] : [];
      }),
  };
}

/** A message that tells a puppet what to do. */
export type Act = (context: Context<Act>) => void;

/** An actor that does what each message says. */
export const puppet: ActorFactory<Act> = (context) => ({ receive: (act) => act(context) });

/** An actor that keeps what it receives. */
export function recorder<M>(seen: M[]): ActorFactory<M> {
  return () => ({ receive: (message) => seen.push(message) });
}

/** An actor that notes its start and its end, and does what each message says. */
export function notingPuppet(
  notes: string[],
  onStart: (context: Context<Act>) => void = () => {},
): ActorFactory<Act> {
  return (context) => {
    const { name } = context.self;
    notes.push(`+${name}`);
    onStart(context);
    return { receive: (act) => act(context), stopped: () => notes.push(`-${name}`) };
  };
}

/** An act that fails. */
export function fail(what = "boom"): Act {
  return () => {
    throw new Error(what);
  };
}

/** What an actor is asked in these tests. */
export interface Question {
  readonly text: string;
  readonly replyTo: Ref<string>;
}

/** Makes a question of a reply address. */
export function question(text: string): (replyTo: Ref<string>) => Question {
  return (replyTo) => ({ text, replyTo });
}
