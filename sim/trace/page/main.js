/**
 * The script of a trace's page: draws a window of the run as a space-time diagram. Every event that is
 * shown has a row of its own, so that texts never overlap; time goes down as fast as there is
 * something to see, and longer pauses are said. Runs in a browser, on the data that `page.ts` writes.
 *
 * @module
 */
import { CLIENTS, colorOf, COMMITS, drawDiagram, drawNames, drawOverview } from "./draw.js";
import { layOut, livesOf, rowsOf } from "./model.js";

/** Rows of the window that the page opens with. */
const ROWS_DEFAULT = 160;
/** Rows that a browser draws in no time. */
const ROWS_MAX = 2_500;

/** What the page has, and what of it is shown. */
class Page {
  constructor(data) {
    this.data = data;
    this.nodes = data.nodes;
    this.column = Math.max(64, Math.min(120, 640 / (data.nodes + 1)));
    this.lives = Array.from({ length: data.nodes }, (_, node) => livesOf(data.events, node));
    this.window = { from: data.from, until: data.until, hidden: new Set(), showsRepeated: false };
  }

  get length() {
    return this.window.until - this.window.from;
  }

  draw() {
    const { data, window, lives } = this;
    const all = rowsOf(data.events, window);
    const rows = all.slice(-ROWS_MAX);
    drawDiagram(this, byId("diagram"), rows, layOut(rows, window.from), window, lives);
    this.say(rows.length, all.length - rows.length);
    byId("from").value = window.from.toFixed(1);
    byId("length").value = this.length.toFixed(1);
    this.drawOverview();
  }

  drawOverview() {
    drawOverview(this.data, byId("overview"), this.window, this.lives);
  }

  /** What a reader might miss. */
  say(shown, left) {
    const empty = byId("empty");
    const few = left > 0 ? `${left} earlier events of this window are left out.` : "";
    empty.textContent = shown === 0 ? "Nothing of what is chosen happened in this window." : few;
    empty.hidden = empty.textContent === "";
  }

  /** Shows a window; at the ends of the run it is moved inside. */
  show(from, length) {
    const { data } = this;
    const span = Math.min(length, data.until - data.from);
    const first = Math.max(data.from, Math.min(from, data.until - span));
    Object.assign(this.window, { from: first, until: first + span });
    this.draw();
  }

  /** Shows another part of the run, as long as this one. */
  move(share) {
    this.show(this.window.from + this.length * share, this.length);
  }

  /** The last window that holds no more than a screen or two of rows. */
  showEnd() {
    const { data, window } = this;
    const rows = rowsOf(data.events, window);
    const first = rows.length > ROWS_DEFAULT ? rows[rows.length - ROWS_DEFAULT][0].at : data.from;
    this.show(data.until, data.until - first);
  }
}

function byId(id) {
  return document.getElementById(id);
}

/** One for each type of message: a click hides what it names, or shows it again. */
function addChips(page) {
  const counts = new Map();
  for (const event of page.data.events) {
    if (event.kind === "message") counts.set(event.name, (counts.get(event.name) ?? 0) + 1);
  }
  addChip(page, "commits", "commits", COMMITS);
  addChip(page, "logs", "log lines", CLIENTS);
  const colors = new Map([...counts.keys()].map((name) => [name, colorOf({ name })]));
  const names = [...counts.keys()].sort((a, b) => colors.get(a) < colors.get(b) ? -1 : 1);
  for (const name of names) addChip(page, name, `${name} ${counts.get(name)}`, colors.get(name));
}

function addChip(page, name, label, color) {
  const { hidden } = page.window;
  const chip = document.createElement("span");
  chip.className = "chip";
  chip.textContent = label;
  chip.style.color = color;
  chip.addEventListener("click", () => {
    if (!hidden.delete(name)) hidden.add(name);
    chip.classList.toggle("off");
    page.draw();
  });
  byId("chips").append(chip);
}

function listen(page) {
  const { data, window } = page;
  const on = (id, type, listener) => byId(id).addEventListener(type, listener);
  on("earlier", "click", () => page.move(-0.8));
  on("later", "click", () => page.move(0.8));
  on("start", "click", () => page.show(data.from, page.length));
  on("end", "click", () => page.show(data.until, page.length));
  on("from", "change", ({ target }) => page.show(Number(target.value), page.length));
  on("length", "change", ({ target }) => {
    page.show(window.from, Math.max(1, Number(target.value)));
  });
  on("repeated", "change", ({ target }) => {
    window.showsRepeated = target.checked;
    page.draw();
  });
  on("overview", "click", ({ clientX }) => {
    const { left, width } = byId("overview").getBoundingClientRect();
    const at = data.from + (clientX - left) / width * (data.until - data.from);
    page.show(at - page.length / 2, page.length);
  });
  addEventListener("keydown", ({ key }) => {
    if (key === "ArrowLeft") page.move(-0.8);
    if (key === "ArrowRight") page.move(0.8);
  });
  addEventListener("resize", () => page.drawOverview());
}

const page = new Page(JSON.parse(byId("data").textContent));
addChips(page);
drawNames(page, byId("names"));
listen(page);
page.showEnd();
