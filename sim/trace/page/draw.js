/**
 * Draws a trace's page: rows, arrows and lifelines, as SVG.
 *
 * @module
 */
import { placeOf, ROW, TOP } from "./model.js";

const SVG = "http://www.w3.org/2000/svg";
/** The width of the times at the left, in pixels. */
const TIMES = 84;
/** The width that is left for texts. */
const TEXTS = 760;
const FAMILIES = [
  [/^(PREPARE|PREPAREOK|COMMIT)$/, "#2457c5"],
  [/^(EXITVIEW|STARTVIEWCHANGE|DOVIEWCHANGE|STARTVIEW)$/, "#d2691e"],
  [/^(GET|GOT|NEW)|^CHECKPOINT/, "#1b8a7a"],
  [/^(RECOVERY|RECOVERYRESPONSE|PROBE|PROBED)$/, "#8e44ad"],
  [/^(CONFIRM|CONFIRMED|READINDEX|READINDEXIS)$/, "#5b7c1f"],
];
/** The color of clients and of whatever has no other. */
export const CLIENTS = "#6b7280";
export const COMMITS = "#12355b";
const LOST = "#c62828";
const PAUSED = "#7b9bd1";
const ENDS = { "cut": "cut off", "dropped": "lost", "no-receiver": "not there" };

/** The color of the family that a message belongs to. */
export function colorOf({ name }) {
  return FAMILIES.find(([pattern]) => pattern.test(name))?.[1] ?? CLIENTS;
}

function element(parent, name, attributes, text) {
  const node = document.createElementNS(SVG, name);
  for (const [key, value] of Object.entries(attributes)) node.setAttribute(key, value);
  if (text !== undefined) node.textContent = text;
  parent.append(node);
  return node;
}

/** The middle of a node's column; clients are in the first. */
function xOf(page, node) {
  return TIMES + page.column * ((node < page.nodes ? node + 1 : 0) + 0.5);
}

function widthOf(page) {
  return TIMES + page.column * (page.nodes + 1);
}

/** The rows of a window. */
export function drawDiagram(page, svg, rows, layout, window, lives) {
  const { places, gaps, height } = layout;
  svg.replaceChildren();
  svg.setAttribute("width", widthOf(page) + TEXTS);
  svg.setAttribute("height", height);
  drawDefinitions(svg);
  drawLives(page, svg, layout, window, lives);
  for (const { y, text } of gaps) {
    element(svg, "text", { class: "time gap", x: TIMES - 8, y }, `+ ${text}`);
  }
  for (const [index, row] of rows.entries()) {
    const showsTime = index === 0 || places[index].at !== places[index - 1].at;
    drawRow(page, svg, row, places[index].y, { places, until: window.until, showsTime });
  }
}

/** The names of the columns: above the diagram, where they stay in sight. */
export function drawNames(page, svg) {
  svg.replaceChildren();
  svg.setAttribute("width", widthOf(page));
  for (let node = 0; node <= page.nodes; node++) {
    const name = node === page.nodes ? "clients" : `node ${node}`;
    element(svg, "text", { class: "name", x: xOf(page, node), y: 15 }, name);
  }
}

/** The whole run in a strip, with its faults, and the window in it. */
export function drawOverview(data, svg, window, lives) {
  const width = svg.clientWidth || 1_200;
  const lane = 7;
  const height = data.nodes * lane + 16;
  svg.replaceChildren();
  svg.setAttribute("height", height);
  element(
    svg,
    "title",
    {},
    "The whole run, a line for each node; faults in red. Click to go there.",
  );
  const span = data.until - data.from || 1;
  const x = (at) => (Math.min(Math.max(at, data.from), data.until) - data.from) / span * width;
  for (const [node, all] of lives.entries()) {
    for (const { at, until, isUp, isPaused, color } of all) {
      if (!isUp) continue;
      element(svg, "rect", {
        x: x(at),
        y: 4 + node * lane,
        width: Math.max(0, x(until) - x(at)),
        height: lane - 2,
        fill: isPaused ? PAUSED : color,
      });
    }
  }
  for (const event of data.events) {
    if (event.kind !== "fault" && event.kind !== "violation") continue;
    const isEnd = event.kind === "violation";
    element(svg, "rect", {
      x: x(event.at) - (isEnd ? 1.5 : 0.5),
      y: isEnd ? 0 : height - 11,
      width: isEnd ? 3 : 1.4,
      height: isEnd ? height : 10,
      fill: LOST,
    });
  }
  element(svg, "rect", {
    x: x(window.from),
    y: 1,
    width: Math.max(3, x(window.until) - x(window.from)),
    height: height - 2,
    fill: "rgb(36 87 197 / 12%)",
    stroke: "#2457c5",
  });
}

function drawLives(page, svg, { places, yOf, height }, window, lives) {
  element(svg, "line", {
    x1: xOf(page, page.nodes),
    x2: xOf(page, page.nodes),
    y1: TOP,
    y2: height,
    stroke: "#b8c0cc",
    "stroke-dasharray": "2 3",
  });
  const { from, until: end } = window;
  const clamp = (at) => at <= from ? TOP : at >= end ? height - 8 : placeOf(places, at);
  // What changes a life has a row of its own, unless it is hidden.
  const edge = (event, at) => yOf.has(event) ? yOf.get(event) - 4 : clamp(at);
  for (const [node, all] of lives.entries()) {
    for (const { at, until, first, last, isUp, isPaused, color } of all) {
      if (!isUp || until < from || at > end) continue;
      const top = edge(first, at);
      element(svg, "rect", {
        x: xOf(page, node) - 5,
        y: top,
        width: 10,
        height: Math.max(0, edge(last, until) - top),
        fill: isPaused ? "url(#paused)" : color,
      });
    }
  }
}

function drawRow(page, svg, row, y, { places, until, showsTime }) {
  const [event] = row;
  const group = element(svg, "g", { class: "event" });
  element(group, "rect", {
    class: "hit",
    x: 0,
    y: y - 14,
    width: widthOf(page) + TEXTS,
    height: ROW,
    fill: "transparent",
  });
  if (showsTime) {
    element(group, "text", { class: "time", x: TIMES - 8, y }, event.at.toFixed(3));
  }
  if (event.kind === "message") {
    for (const each of row) drawArrow(page, group, each, y, places, until);
    element(group, "circle", { cx: xOf(page, event.from), cy: y - 4, r: 3, fill: colorOf(event) });
  } else if (event.node !== undefined) {
    drawMark(page, group, event, y);
  }
  const isFault = event.kind === "fault" || event.kind === "violation";
  const kind = isFault || event.what === "dies" ? "fault" : event.kind;
  const text = element(group, "text", {
    class: kind,
    x: widthOf(page) + 12,
    y,
  }, describe(page, row));
  if (event.kind === "message") text.style.fill = colorOf(event);
  group.addEventListener("click", () => group.classList.toggle("pinned"));
}

function drawArrow(page, group, event, y, places, until) {
  const color = colorOf(event);
  const start = xOf(page, event.from);
  const end = xOf(page, event.to);
  const arrivals = event.arrivals.filter(([, how]) => how === "arrived");
  const toward = Math.sign(end - start) || 1;
  if (event.arrivals.length > 0 && arrivals.length === 0) return drawLost(group, start, end, y);
  for (const [at] of arrivals.length > 0 ? arrivals : [[Infinity]]) {
    const isLater = at > until;
    const y2 = isLater ? places.at(-1).y + 20 : placeOf(places, at) - 4;
    element(group, "line", {
      x1: start,
      y1: y - 4,
      x2: end - toward * 7,
      y2,
      stroke: color,
      "stroke-width": 1.4,
      "marker-end": `url(#head-${color.slice(1)})`,
      ...(event.isReplay && { "stroke-dasharray": "7 3" }),
    });
  }
}

function drawLost(group, start, end, y) {
  const x = start + (end - start) * 0.6;
  const line = { x1: start, y1: y - 4, x2: x, y2: y + 6, stroke: LOST };
  element(group, "line", { ...line, "stroke-dasharray": "4 3", "stroke-width": 1.4 });
  element(group, "text", { x: x - 4, y: y + 11, fill: LOST, class: "fault" }, "✕");
}

function drawMark(page, group, event, y) {
  const x = xOf(page, event.node);
  if (event.kind === "commit") {
    element(group, "rect", { x: x - 5, y: y - 6, width: 10, height: 4, fill: COMMITS });
  } else if (event.kind === "state") {
    element(group, "text", { x: x + 9, y, class: "state" }, `v${event.view}`);
    element(group, "rect", {
      x: x - 6,
      y: y - 5,
      width: 12,
      height: 3,
      fill: "#1d2430",
    });
  } else if (event.kind === "process") {
    const [mark, kind] = event.what === "dies" ? ["✕", "fault"] : ["•", "state"];
    element(group, "text", { x: x - 4, y, class: kind }, mark);
  } else {
    element(group, "circle", { cx: x, cy: y - 4, r: 2, fill: CLIENTS });
  }
}

function describe(page, [event, ...others]) {
  if (event.kind !== "message") return event.text;
  const all = [event, ...others];
  const isLost = ({ arrivals }) =>
    arrivals.length > 0 && !arrivals.some(([, how]) => how === "arrived");
  const lost = all.filter(isLost).map(({ to, arrivals }) =>
    `${to < page.nodes ? to : "client"} ${ENDS[arrivals[0][1]]}`
  );
  const again = event.isReplay ? "(again) " : "";
  return again + event.text + (lost.length > 0 ? `  ✕ ${lost.join(", ")}` : "");
}

function drawDefinitions(svg) {
  const definitions = element(svg, "defs", {});
  for (const color of [...FAMILIES.map(([, each]) => each), CLIENTS]) {
    const marker = element(definitions, "marker", {
      id: `head-${color.slice(1)}`,
      markerWidth: 8,
      markerHeight: 8,
      refX: 6,
      refY: 3.5,
      orient: "auto",
      markerUnits: "userSpaceOnUse",
    });
    element(marker, "path", { d: "M0,0 L7,3.5 L0,7 z", fill: color });
  }
  const pattern = element(definitions, "pattern", {
    id: "paused",
    width: 6,
    height: 6,
    patternUnits: "userSpaceOnUse",
    patternTransform: "rotate(45)",
  });
  element(pattern, "rect", { width: 6, height: 6, fill: "#dce6f7" });
  element(pattern, "line", { x1: 0, y1: 0, x2: 0, y2: 6, stroke: "#7b9bd1", "stroke-width": 3 });
}
