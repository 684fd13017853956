import type { ProcessChange } from "../world_events.ts";

/** The columns of a space-time log: one for the clients, if they are shown, and one for each node. */
export class Lanes {
  readonly #nodes: number;
  readonly #width: number;
  readonly #states: ("up" | "down" | "paused")[];

  /** @param width Characters of one column. */
  constructor(nodes: number, width = 4) {
    this.#nodes = nodes;
    this.#width = width;
    this.#states = Array.from({ length: nodes }, () => "down");
  }

  /** Above the columns. */
  header(): string {
    const names = ["c", ...Array.from({ length: this.#nodes }, (_, node) => String(node))];
    return names.map((name) => name.padEnd(this.#width)).join("").trimEnd();
  }

  /** A process is something else from now on. */
  changes(node: number, what: ProcessChange): void {
    this.#states[node] = what === "dies" ? "down" : what === "is paused" ? "paused" : "up";
  }

  /** A line without anything but a mark in one column, or in none. */
  mark(node: number | undefined, mark: string): string {
    const cells = this.#plain();
    if (node !== undefined) cells[this.#column(node) * this.#width] = mark;
    return cells.join("");
  }

  /** Arrows from one node to others. */
  arrow(from: number, to: readonly { readonly node: number; readonly isLost: boolean }[]): string {
    const cells = this.#plain();
    const start = this.#column(from);
    for (const { node } of to) this.#draw(cells, start, this.#column(node));
    for (const { node, isLost } of to) {
      const end = this.#column(node);
      cells[end * this.#width] = isLost ? "x" : end > start ? "▶" : "◀";
    }
    cells[start * this.#width] = "●";
    return cells.join("");
  }

  #draw(cells: string[], start: number, end: number): void {
    const from = Math.min(start, end) * this.#width;
    const to = Math.max(start, end) * this.#width;
    for (let at = from + 1; at < to; at++) cells[at] = at % this.#width === 0 ? "┼" : "─";
  }

  #plain(): string[] {
    const cells = Array<string>(this.#width * (this.#nodes + 1)).fill(" ");
    cells[0] = "│";
    for (const [node, state] of this.#states.entries()) {
      const glyph = state === "up" ? "│" : state === "paused" ? "┊" : " ";
      cells[(node + 1) * this.#width] = glyph;
    }
    return cells;
  }

  /** Clients, whoever they are, are in the first column. */
  #column(node: number): number {
    return node < this.#nodes ? node + 1 : 0;
  }
}
