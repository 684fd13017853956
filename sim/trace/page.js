/**
 * The script of a trace's page: draws a window of the run as a space-time diagram. Every event that is
 * shown has a line of its own, so that texts never overlap; time goes down as fast as there is
 * something to see, and longer pauses are said.
 *
 * Runs in a browser, without any library. The data are those that `page.ts` writes.
 */
(() => {
  const data = JSON.parse(document.getElementById("data").textContent);
  const SVG = "http://www.w3.org/2000/svg";
  const ROW = 17;
  const GAP_MS = 5;
  const TOP = 6;
  const TIMES = 84;
  const ROWS_DEFAULT = 160;
  const ROWS_MAX = 2_500;
  const COLUMN = Math.max(64, Math.min(120, 640 / (data.nodes + 1)));
  const STATUS = { "normal": "#8fcfa8", "view-change": "#f3c26b", "recovering": "#c9a3e0" };
  const LEADING = "#2e7d4f";
  const STARTING = "#d5dae3";
  const FAMILIES = [
    [/^(PREPARE|PREPAREOK|COMMIT)$/, "#2457c5"],
    [/^(EXITVIEW|STARTVIEWCHANGE|DOVIEWCHANGE|STARTVIEW)$/, "#d2691e"],
    [/^(GET|GOT|NEW)|^CHECKPOINT/, "#1b8a7a"],
    [/^(RECOVERY|RECOVERYRESPONSE|PROBE|PROBED)$/, "#8e44ad"],
    [/^(CONFIRM|CONFIRMED|READINDEX|READINDEXIS)$/, "#5b7c1f"],
  ];
  const CLIENTS = "#6b7280";
  const LOST = "#c62828";
  const ENDS = { "cut": "cut off", "dropped": "lost", "no-receiver": "not there" };
  const state = { from: 0, until: 0, hidden: new Set(), showsRepeated: false };

  function element(parent, name, attributes, text) {
    const node = document.createElementNS(SVG, name);
    for (const [key, value] of Object.entries(attributes)) node.setAttribute(key, value);
    if (text !== undefined) node.textContent = text;
    parent.append(node);
    return node;
  }

  function colorOf({ name }) {
    return FAMILIES.find(([pattern]) => pattern.test(name))?.[1] ?? CLIENTS;
  }

  function columnOf(node) {
    return node < data.nodes ? node + 1 : 0;
  }

  function xOf(node) {
    return TIMES + COLUMN * (columnOf(node) + 0.5);
  }

  function isShown(event) {
    if (event.kind === "commit") return !state.hidden.has("commits");
    if (event.kind === "note") return !state.hidden.has("logs");
    if (event.kind !== "message") return true;
    return !state.hidden.has(event.name) && (state.showsRepeated || !event.isRepeated);
  }

  /** The events of the window, those that are one broadcast together. */
  function rowsOf() {
    const rows = [];
    for (const event of data.events) {
      if (event.at < state.from || event.at > state.until || !isShown(event)) continue;
      const last = rows.at(-1);
      const belongs = event.kind === "message" && last?.[0].kind === "message" &&
        last[0].at === event.at && last[0].from === event.from && last[0].text === event.text;
      if (belongs) last.push(event);
      else rows.push([event]);
    }
    return rows;
  }

  /** Where each row is, and how to find the place of any time between. */
  function layOut(rows) {
    const places = [];
    const gaps = [];
    let y = TOP + 12;
    let before = state.from;
    for (const event of data.events) delete event.y;
    for (const [event] of rows) {
      const pause = event.at - before;
      if (pause >= GAP_MS) {
        gaps.push({ y: y - 3, text: `${pause.toFixed(pause < 100 ? 1 : 0)} ms` });
        y += ROW;
      }
      places.push({ at: event.at, y });
      event.y = y;
      y += ROW;
      before = event.at;
    }
    return { places, gaps, height: y + 26 };
  }

  function placeOf(places, at) {
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

  /** What each node was, from when to when. */
  function livesOf(node) {
    const lives = [];
    let current = { at: 0, isUp: false, isPaused: false, color: STARTING };
    const change = (event, what) => {
      lives.push({ ...current, until: event.at, last: event });
      current = { ...current, at: event.at, first: event, ...what };
    };
    for (const event of data.events) {
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
  const lives = Array.from({ length: data.nodes }, (_, node) => livesOf(node));

  function drawLives(svg, places, height) {
    element(svg, "line", {
      x1: xOf(data.nodes),
      x2: xOf(data.nodes),
      y1: TOP,
      y2: height,
      stroke: "#b8c0cc",
      "stroke-dasharray": "2 3",
    });
    const clamp = (at) =>
      at <= state.from ? TOP : at >= state.until ? height - 8 : placeOf(places, at);
    // What changes a life has a row of its own, unless it is hidden.
    const edge = (event, at) => event?.y === undefined ? clamp(at) : event.y - 4;
    for (const [node, all] of lives.entries()) {
      for (const { at, until, first, last, isUp, isPaused, color } of all) {
        if (!isUp || until < state.from || at > state.until) continue;
        const top = edge(first, at);
        element(svg, "rect", {
          x: xOf(node) - 5,
          y: top,
          width: 10,
          height: Math.max(0, edge(last, until) - top),
          fill: isPaused ? "url(#paused)" : color,
        });
      }
    }
  }

  function drawArrow(group, event, y, places) {
    const color = colorOf(event);
    const start = xOf(event.from);
    const end = xOf(event.to);
    const arrivals = event.arrivals.filter(([, how]) => how === "arrived");
    const toward = Math.sign(end - start) || 1;
    if (event.arrivals.length > 0 && arrivals.length === 0) {
      const x = start + (end - start) * 0.6;
      element(group, "line", {
        x1: start,
        y1: y - 4,
        x2: x,
        y2: y + 6,
        stroke: LOST,
        "stroke-dasharray": "4 3",
        "stroke-width": 1.4,
      });
      element(group, "text", { x: x - 4, y: y + 11, fill: LOST, class: "fault" }, "✕");
      return;
    }
    for (const [at] of arrivals.length > 0 ? arrivals : [[Infinity]]) {
      const isLater = at > state.until;
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

  function describe([event, ...others]) {
    if (event.kind !== "message") return event.text;
    const all = [event, ...others];
    const isLost = ({ arrivals }) =>
      arrivals.length > 0 && !arrivals.some(([, how]) => how === "arrived");
    const lost = all.filter(isLost).map(({ to, arrivals }) =>
      `${to < data.nodes ? to : "client"} ${ENDS[arrivals[0][1]]}`
    );
    const again = event.isReplay ? "(again) " : "";
    return again + event.text + (lost.length > 0 ? `  ✕ ${lost.join(", ")}` : "");
  }

  function drawRow(svg, row, y, places, width, showsTime) {
    const [event] = row;
    const group = element(svg, "g", { class: "event" });
    element(group, "rect", {
      class: "hit",
      x: 0,
      y: y - 14,
      width,
      height: ROW,
      fill: "transparent",
    });
    if (showsTime) {
      element(group, "text", { class: "time", x: TIMES - 8, y }, event.at.toFixed(3));
    }
    if (event.kind === "message") {
      for (const each of row) drawArrow(group, each, y, places);
      element(group, "circle", { cx: xOf(event.from), cy: y - 4, r: 3, fill: colorOf(event) });
    } else if (event.node !== undefined) {
      drawMark(group, event, y);
    }
    const isFault = event.kind === "fault" || event.kind === "violation";
    const kind = isFault || event.what === "dies" ? "fault" : event.kind;
    const text = element(group, "text", {
      class: kind,
      x: TIMES + COLUMN * (data.nodes + 1) + 12,
      y,
    }, describe(row));
    if (event.kind === "message") text.style.fill = colorOf(event);
    group.addEventListener("click", () => group.classList.toggle("pinned"));
    return group;
  }

  function drawMark(group, event, y) {
    const x = xOf(event.node);
    if (event.kind === "commit") {
      element(group, "rect", { x: x - 5, y: y - 6, width: 10, height: 4, fill: "#12355b" });
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

  /** Above the diagram, where it stays in sight. */
  function drawNames() {
    const svg = document.getElementById("names");
    svg.replaceChildren();
    svg.setAttribute("width", TIMES + COLUMN * (data.nodes + 1));
    for (let node = 0; node <= data.nodes; node++) {
      const name = node === data.nodes ? "clients" : `node ${node}`;
      element(svg, "text", { class: "name", x: xOf(node), y: 15 }, name);
    }
  }

  function draw() {
    const all = rowsOf();
    const rows = all.slice(-ROWS_MAX);
    const { places, gaps, height } = layOut(rows);
    const width = TIMES + COLUMN * (data.nodes + 1) + 760;
    const svg = document.getElementById("diagram");
    svg.replaceChildren();
    svg.setAttribute("width", width);
    svg.setAttribute("height", height);
    drawDefinitions(svg);
    drawLives(svg, places, height);
    for (const { y, text } of gaps) {
      element(svg, "text", { class: "time gap", x: TIMES - 8, y }, `+ ${text}`);
    }
    for (const [index, row] of rows.entries()) {
      const showsTime = index === 0 || places[index].at !== places[index - 1].at;
      drawRow(svg, row, places[index].y, places, width, showsTime);
    }
    const left = all.length - rows.length;
    const empty = document.getElementById("empty");
    empty.textContent = rows.length === 0
      ? "Nothing of what is chosen happened in this window."
      : left > 0
      ? `${left} earlier events of this window are left out.`
      : "";
    empty.hidden = empty.textContent === "";
    document.getElementById("from").value = state.from.toFixed(1);
    document.getElementById("length").value = (state.until - state.from).toFixed(1);
    drawOverview();
  }

  function drawOverview() {
    const svg = document.getElementById("overview");
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
          fill: isPaused ? "#7b9bd1" : color,
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
      x: x(state.from),
      y: 1,
      width: Math.max(3, x(state.until) - x(state.from)),
      height: height - 2,
      fill: "rgb(36 87 197 / 12%)",
      stroke: "#2457c5",
    });
  }

  /** Shows a window; at the ends of the run it is moved inside. */
  function show(from, length) {
    const span = Math.min(length, data.until - data.from);
    const first = Math.max(data.from, Math.min(from, data.until - span));
    Object.assign(state, { from: first, until: first + span });
    draw();
  }

  /** The last window that holds no more than a screen or two of rows. */
  function windowAtEnd() {
    Object.assign(state, { from: data.from, until: data.until });
    const rows = rowsOf();
    const first = rows.length > ROWS_DEFAULT ? rows[rows.length - ROWS_DEFAULT][0].at : data.from;
    return data.until - first;
  }

  function addChips() {
    const counts = new Map();
    for (const event of data.events) {
      if (event.kind === "message") counts.set(event.name, (counts.get(event.name) ?? 0) + 1);
    }
    const chips = document.getElementById("chips");
    const add = (name, label, color) => {
      const chip = document.createElement("span");
      chip.className = "chip";
      chip.textContent = label;
      chip.style.color = color;
      chip.addEventListener("click", () => {
        if (!state.hidden.delete(name)) state.hidden.add(name);
        chip.classList.toggle("off");
        draw();
      });
      chips.append(chip);
    };
    add("commits", "commits", "#12355b");
    add("logs", "log lines", CLIENTS);
    const names = [...counts.keys()].sort((a, b) =>
      colorOf({ name: a }) < colorOf({ name: b }) ? -1 : 1
    );
    for (const name of names) add(name, `${name} ${counts.get(name)}`, colorOf({ name }));
  }

  function listen() {
    const byId = (id) => document.getElementById(id);
    const length = () => state.until - state.from;
    const move = (share) => show(state.from + length() * share, length());
    byId("earlier").addEventListener("click", () => move(-0.8));
    byId("later").addEventListener("click", () => move(0.8));
    byId("start").addEventListener("click", () => show(data.from, length()));
    byId("end").addEventListener("click", () => show(data.until, length()));
    byId("from").addEventListener("change", (event) => show(Number(event.target.value), length()));
    byId("length").addEventListener("change", (event) => {
      show(state.from, Math.max(1, Number(event.target.value)));
    });
    byId("repeated").addEventListener("change", (event) => {
      state.showsRepeated = event.target.checked;
      draw();
    });
    byId("overview").addEventListener("click", (event) => {
      const { left, width } = byId("overview").getBoundingClientRect();
      const at = data.from + (event.clientX - left) / width * (data.until - data.from);
      show(at - length() / 2, length());
    });
    addEventListener("keydown", ({ key }) => {
      if (key === "ArrowLeft") move(-0.8);
      if (key === "ArrowRight") move(0.8);
    });
    addEventListener("resize", drawOverview);
  }

  addChips();
  drawNames();
  listen();
  show(data.until, windowAtEnd());
})();
