/**
 * The space-time diagram of a run: one HTML page that needs nothing else, in which a reader moves
 * through time and chooses what to see.
 *
 * @module
 */
import type { Trace, TraceEvent } from "./events.ts";
import draw from "./page/draw.js" with { type: "text" };
import main from "./page/main.js" with { type: "text" };
import model from "./page/model.js" with { type: "text" };
import style from "./page/style.css" with { type: "text" };

/** What stands above the diagram. */
export interface PageHead {
  readonly title: string;
  /** In a word. */
  readonly outcome: string;
  readonly isFailure: boolean;
  readonly violations: readonly string[];
  /** What else a reader wants to know, line by line. */
  readonly facts: readonly string[];
}

/** The modules of the page's script as one: what they import of each other comes before them. */
const SCRIPT = [model, draw, main]
  .map((source) => source.replace(/^import [^;]*;$/gm, "").replace(/^export /gm, ""))
  .join("");

/** The page of a trace. */
export function tracePage(trace: Trace, head: PageHead): string {
  const { title, outcome, isFailure, violations, facts } = head;
  const data = JSON.stringify({ ...trace, events: trace.events.map(eventData) });
  return `<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<title>${escapeHtml(title)}</title>
<style>
${style}</style>
</head>
<body>
<header>
<h1>${escapeHtml(title)}</h1>
<span class="outcome${isFailure ? " bad" : ""}">${escapeHtml(outcome)}</span>
${facts.map((fact) => `<p class="facts"><code>${escapeHtml(fact)}</code></p>`).join("\n")}
${violations.map((text) => `<p class="violation">${escapeHtml(text)}</p>`).join("\n")}
</header>
${LEGEND}
${TOOLS}
<p id="empty"></p>
<svg id="diagram" xmlns="http://www.w3.org/2000/svg"></svg>
<script type="application/json" id="data">${data.replaceAll("<", "\\u003c")}</script>
<script type="module">
${SCRIPT}</script>
</body>
</html>
`;
}

const TOOLS = `<div id="tools">
<button id="start">start</button>
<button id="earlier" title="left arrow key">◀ earlier</button>
<button id="later" title="right arrow key">later ▶</button>
<button id="end">end</button>
<label>from <input id="from" type="number" step="10"> ms</label>
<label>for <input id="length" type="number" step="10" min="1"> ms</label>
<label><input id="repeated" type="checkbox"> messages that say nothing new (heartbeats)</label>
<svg id="overview" xmlns="http://www.w3.org/2000/svg"></svg>
<div id="chips"></div>
<svg id="names" xmlns="http://www.w3.org/2000/svg"></svg>
</div>`;

const LEGEND = `<div id="legend">
<i class="swatch" style="background:#2e7d4f"></i>primary, head
<i class="swatch" style="background:#8fcfa8"></i>normal, middle
<i class="swatch" style="background:#57a37b"></i>tail
<i class="swatch" style="background:#f3c26b"></i>view change
<i class="swatch" style="background:#c9a3e0"></i>recovering, joining
<i class="swatch" style="background:#d5dae3"></i>starting, spare
<i class="swatch" style="background:#7b9bd1"></i>paused
<i class="swatch" style="background:#12355b"></i>commits
<span style="color:#c62828;margin-left:12px">✕ lost or down</span>
&nbsp; Click the strip below to move, a type to hide it, a line to mark it.
</div>`;

/** An event as the script wants it. */
function eventData(event: TraceEvent): unknown {
  switch (event.kind) {
    case "message":
      return { ...event, arrivals: event.arrivals.map(({ at, end }) => [at, end]) };
    case "commit": {
      const { node, first, last } = event;
      const entries = first === last ? String(first) : `${first}..${last}`;
      return { ...event, text: `node ${node} commits ${entries}` };
    }
    case "process":
      return { ...event, text: `node ${event.node} ${event.what}` };
    case "state":
      return { ...event, text: `node ${event.node}: ${event.text}` };
    case "note":
      return event.node === undefined
        ? event
        : { ...event, text: `node ${event.node} ${event.text}` };
    default:
      return event;
  }
}

function escapeHtml(text: string): string {
  return text.replaceAll("&", "&amp;").replaceAll("<", "&lt;").replaceAll(">", "&gt;");
}
