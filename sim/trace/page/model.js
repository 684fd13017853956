/**
 * Where things are on a trace's page, as far as that does not depend on a browser: which events make a row,
 * where the rows are, and what became of each node.
 *
 * @module
 */

/** The height of a row, in pixels. */
export const ROW = 17;
/** Where the diagram begins. */
export const TOP = 6;
/** A pause between two rows that is worth a line, in milliseconds. */
const GAP_MS = 5;

/** By status of a VR replica, and by role of a member of a chain. */
const STATUS = {
  "normal": "#8fcfa8",
  "view-change": "#f3c26b",
  "recovering": "#c9a3e0",
  "middle": "#8fcfa8",
  "tail": "#57a37b",
  "joining": "#c9a3e0",
};
const LEADING = "#2e7d4f";
const STARTING = "#d5dae3";

/** The events of a window that are to be shown, those that are one broadcast together. */
export function rowsOf(events, { from, until, hidden, showsRepeated }) {
  const rows = [];
  for (const event of events) {
    if (event.at < from || event.at > until) continue;
    if (!isShown(event, hidden, showsRepeated)) continue;
    const last = rows.at(-1);
    const belongs = event.kind === "message" && last?.[0].kind === "message" &&
      last[0].at === event.at && last[0].from === event.from && last[0].text === event.text;
    if (belongs) last.push(event);
    else rows.push([event]);
  }
  return rows;
}

function isShown(event, hidden, showsRepeated) {
  if (event.kind === "commit") return !hidden.has("commits");
  if (event.kind === "note") return !hidden.has("logs");
  if (event.kind !== "message") return true;
  return !hidden.has(event.name) && (showsRepeated || !event.isRepeated);
}

/** Where each row is, and the pauses between them that are said. */
export function layOut(rows, from) {
  const places = [];
  const gaps = [];
  const yOf = new Map();
  let y = TOP + 12;
  let before = from;
  for (const [event] of rows) {
    const pause = event.at - before;
    if (pause >= GAP_MS) {
      gaps.push({ y: y - 3, text: `${pause.toFixed(pause < 100 ? 1 : 0)} ms` });
      y += ROW;
    }
    places.push({ at: event.at, y });
    yOf.set(event, y);
    y += ROW;
    before = event.at;
  }
  return { places, gaps, yOf, height: y + 26 };
}

/** The place of any time: between two rows, in proportion. */
export function placeOf(places, at) {
  let low = 0;
  let high = places.length;
  while (low < high) {
    const middle = (low + high) >> 1;
    if (places[middle].at <= at) low = middle + 1;
    else high = middle;
  }
  const before = places[low - 1];
  const after = places[low];
  if (before === undefined) return TOP;
  if (after === undefined) return before.y + Math.min(18, 4 + (at - before.at) * 3);
  const share = (at - before.at) / (after.at - before.at);
  return before.y + share * (after.y - before.y);
}

/** What a node was, from when to when, and which events made the change. */
export function livesOf(events, node) {
  const lives = [];
  let current = { at: 0, isUp: false, isPaused: false, color: STARTING };
  const change = (event, what) => {
    lives.push({ ...current, until: event.at, last: event });
    current = { ...current, at: event.at, first: event, ...what };
  };
  for (const event of events) {
    if (event.node !== node) continue;
    if (event.kind === "process") {
      if (event.what === "starts") change(event, { isUp: true, color: STARTING });
      if (event.what === "dies") change(event, { isUp: false, isPaused: false });
      if (event.what === "is paused") change(event, { isPaused: true });
      if (event.what === "goes on") change(event, { isPaused: false });
    }
    if (event.kind === "state") {
      const color = event.isLeading ? LEADING : STATUS[event.status] ?? STARTING;
      change(event, { isUp: true, color, view: event.view });
    }
  }
  lives.push({ ...current, until: Infinity });
  return lives;
}
