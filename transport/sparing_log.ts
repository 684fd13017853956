import type { LogLevel } from "../actors/actor.ts";
import type { Environment } from "../actors/environment.ts";

/** Lines of one topic that are logged before it falls silent. */
const LOGGED_FIRST = 3;
/** After that, one line of it in this many milliseconds. */
const INTERVAL_MS = 10_000;

interface Topic {
  lines: number;
  unlogged: number;
  loggedAt: number;
}

/** A log that a stranger cannot fill: whatever happens, a topic has its first lines and then few. */
export class SparingLog {
  readonly #environment: Environment;
  readonly #source: string;
  readonly #topics = new Map<string, Topic>();

  /** `source` is what its lines are marked with. */
  constructor(environment: Environment, source: string) {
    this.#environment = environment;
    this.#source = source;
  }

  /** Logs a line, or counts it for a later one. The caller's topics must be few. */
  write(level: LogLevel, topic: string, text: string): void {
    const now = this.#environment.now();
    const state = this.#topicOf(topic);
    state.lines++;
    if (state.lines > LOGGED_FIRST && now - state.loggedAt < INTERVAL_MS) {
      state.unlogged++;
      return;
    }
    const more = state.unlogged > 0 ? ` (and ${state.unlogged} more like it)` : "";
    this.#environment.log(level, this.#source, text + more);
    state.unlogged = 0;
    state.loggedAt = now;
  }

  #topicOf(topic: string): Topic {
    let state = this.#topics.get(topic);
    if (state === undefined) {
      state = { lines: 0, unlogged: 0, loggedAt: -Infinity };
      this.#topics.set(topic, state);
    }
    return state;
  }
}
