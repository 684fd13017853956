/**
 * The space-time log: what happened in a run, as text. Time goes down, clients and nodes are columns,
 * and a message is an arrow in the line of the moment when it was sent.
 *
 * @module
 */
import type { Trace, TracedMessage, TraceEvent } from "./events.ts";
import { Lanes } from "./lanes.ts";

/** What of a trace is shown. */
export interface LogOptions {
  /**
   * Whether messages are shown, too, that say what the last of their kind said, as heartbeats do.
   *
   * @default {false}
   */
  readonly showsRepeated?: boolean;
  /**
   * Whether each arrow says when it arrives.
   *
   * @default {true}
   */
  readonly showsArrivals?: boolean;
  /**
   * Whether it is said how many messages are not shown.
   *
   * @default {true}
   */
  readonly showsElided?: boolean;
  /**
   * The moment that the times are counted from, in milliseconds.
   *
   * @default {0}
   */
  readonly zeroMs?: number;
  /**
   * Digits after the point of a time in milliseconds.
   *
   * @default {3}
   */
  readonly digits?: number;
}

const TIME_WIDTH = 10;

/** The lines of a space-time log. */
export function spaceTimeLog(trace: Trace, options: LogOptions = {}): string[] {
  return new SpaceTimeLog(trace.nodes, options).write(trace);
}

/** Writes space-time logs one after the other: what is up or down it remembers. */
export class SpaceTimeLog {
  readonly #lanes: Lanes;
  readonly #options: LogOptions;

  constructor(nodes: number, options: LogOptions = {}) {
    this.#lanes = new Lanes(nodes);
    this.#options = options;
  }

  /** Names the columns. */
  header(): string {
    return `${"ms".padStart(TIME_WIDTH)}  ${this.#lanes.header()}`;
  }

  /** Takes note of who was up or down, and writes nothing. */
  seen({ events }: Trace): void {
    for (const event of events) {
      if (event.kind === "process") this.#lanes.changes(event.node, event.what);
    }
  }

  /** The lines of what happened next. */
  write({ events }: Trace): string[] {
    const lines = [this.header()];
    const { showsRepeated = false, showsElided = true } = this.#options;
    const shown = events.filter((event) =>
      event.kind !== "message" || showsRepeated || !event.isRepeated
    );
    for (let index = 0; index < shown.length;) {
      const event = shown[index]!;
      const group = event.kind === "message" ? together(shown, index, event) : [];
      lines.push(this.#line(event, group));
      index += Math.max(1, group.length);
    }
    const elided = events.length - shown.length;
    if (elided > 0 && showsElided) {
      lines.push(this.#text("", `(${elided} messages that say nothing new)`));
    }
    return lines;
  }

  #line(event: TraceEvent, group: readonly TracedMessage[]): string {
    const at = this.#time(event.at);
    switch (event.kind) {
      case "message":
        return this.#text(at, this.#message(event, group), this.#arrow(event, group));
      case "process":
        this.#lanes.changes(event.node, event.what);
        return this.#text(at, `node ${event.node} ${event.what}`, this.#mark(event.node, "#"));
      case "state":
        return this.#text(at, `node ${event.node}: ${event.text}`, this.#mark(event.node, "◆"));
      case "commit": {
        const { node, log, first, last } = event;
        const entries = first === last ? String(first) : `${first}..${last}`;
        const where = log === undefined ? "" : ` of ${log}`;
        return this.#text(at, `node ${node} commits ${entries}${where}`, this.#mark(node, "■"));
      }
      case "fault":
      case "violation":
        return this.#text(at, `*** ${event.text}`, this.#mark(event.node, "!"));
      case "note": {
        const who = event.node === undefined ? "" : `node ${event.node} `;
        return this.#text(at, `${who}${event.text}`, this.#mark(event.node, "·"));
      }
    }
  }

  #mark(node: number | undefined, mark: string): string {
    return this.#lanes.mark(node, mark);
  }

  #arrow(event: TracedMessage, group: readonly TracedMessage[]): string {
    const to = group.map(({ to: node, arrivals }) => ({
      node,
      isLost: arrivals.length > 0 && !arrivals.some(({ end }) => end === "arrived"),
    }));
    return this.#lanes.arrow(event.from, to);
  }

  #message({ text, isReplay }: TracedMessage, group: readonly TracedMessage[]): string {
    const ends = group.map((message) => this.#end(message, group.length > 1));
    const said = ends.filter((end) => end !== "");
    return [isReplay ? `(again) ${text}` : text, ...said].join("  ");
  }

  /** How the way of a message ended, as far as that needs saying. */
  #end({ to, arrivals }: TracedMessage, isOneOfMany: boolean): string {
    const { showsArrivals = true } = this.#options;
    const who = isOneOfMany ? `${to} ` : "";
    if (arrivals.length === 0) return showsArrivals ? `[${who}under way]` : "";
    const times = arrivals.filter(({ end }) => end === "arrived")
      .map(({ at }) => this.#time(at));
    if (times.length > 0) return showsArrivals ? `[${who}at ${times.join(" and ")}]` : "";
    const { end } = arrivals[0]!;
    return `[${who}${end === "cut" ? "cut off" : end === "dropped" ? "lost" : "not there"}]`;
  }

  #time(at: number): string {
    const { zeroMs = 0, digits = 3 } = this.#options;
    return (at - zeroMs).toFixed(digits);
  }

  #text(at: string, text: string, lanes = this.#lanes.mark(undefined, "")): string {
    return `${at.padStart(TIME_WIDTH)}  ${lanes}  ${text}`.trimEnd();
  }
}

/** The messages from one place on that are the same to several nodes. */
function together(
  events: readonly TraceEvent[],
  start: number,
  first: TracedMessage,
): TracedMessage[] {
  const group: TracedMessage[] = [];
  for (const event of events.slice(start, start + 8)) {
    const belongs = event.kind === "message" && event.at === first.at &&
      event.from === first.from && event.text === first.text && event.isReplay === first.isReplay;
    if (!belongs) break;
    group.push(event);
  }
  return group;
}
