import type { Cancel, LogLevel } from "./actor.ts";
import type { RandomStream } from "./random.ts";

/**
 * Everything that an actor system takes from outside. There are two: `RealEnvironment`, and
 * `VirtualEnvironment` for tests and simulation. Actors cannot tell which they run under.
 */
export interface Environment {
  /** Monotonic milliseconds. */
  now(): number;
  /** Wall-clock milliseconds since 1970. */
  wallTime(): number;
  /** The random stream of a name. */
  random(stream: string): RandomStream;
  /** Runs something soon, after pending I/O has had its turn. */
  defer(run: () => void): void;
  /** Runs something after `delayMs`. */
  after(delayMs: number, run: () => void): Cancel;
  /**
   * Which of `count` ways to go on: which runnable actor is next, say. The machine takes the first, a
   * simulation any.
   */
  pick(count: number): number;
  /** Writes a log line. */
  log(level: LogLevel, source: string, text: string): void;
  /** Whether to force the rare branch of that name. */
  maybe(label: string): boolean;
}
