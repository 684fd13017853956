/** What is asked of a system: stores, or linearizable reads. */
export type Work = "put" | "get";

/** How a system wants to be asked over HTTP. */
export interface Dialect {
  readonly method: Readonly<Record<Work, string>>;
  readonly path: (work: Work, key: string) => string;
  /** The request's body; empty for none. */
  readonly body: (work: Work, key: string, value: string) => string;
}

/** Troupe's HTTP API. */
export const TROUPE_DIALECT: Dialect = {
  method: { put: "PUT", get: "GET" },
  path: (_, key) => `/v1/kv/${key}`,
  body: (work, _, value) => work === "put" ? value : "",
};

/** The JSON gateway of etcd's version 3 API, in which keys and values are base64. */
export const ETCD_DIALECT: Dialect = {
  method: { put: "POST", get: "POST" },
  path: (work) => work === "put" ? "/v3/kv/put" : "/v3/kv/range",
  body: (work, key, value) =>
    JSON.stringify(work === "put" ? { key: btoa(key), value: btoa(value) } : { key: btoa(key) }),
};

/** What one run of wrk measured. */
export interface WrkResult {
  readonly requests: number;
  readonly seconds: number;
  readonly p50Ms: number;
  readonly p99Ms: number;
  /** Answers of 400 and more, and connections that failed or timed out. */
  readonly errors: number;
}

/** Begins the line that our script prints at the end. */
const RESULT_MARK = "result:";

/**
 * The script that has wrk make the requests. It takes them, in random order, from a file with a line
 * for each: method, path and body, separated by tabs.
 */
export const LUA_SCRIPT = `
local requests = {}

function init(args)
  math.randomseed(tonumber(args[2]))
  for line in io.lines(args[1]) do
    local method, path, body = line:match("^(%S+)\\t(%S+)\\t(.*)$")
    if body == "" then body = nil end
    requests[#requests + 1] = wrk.format(method, path, nil, body)
  end
end

function request()
  return requests[math.random(#requests)]
end

function done(summary, latency)
  local errors = summary.errors
  io.write(string.format("${RESULT_MARK} %d %d %d %d %d\\n", summary.requests, summary.duration,
    latency:percentile(50), latency:percentile(99),
    errors.connect + errors.read + errors.write + errors.status + errors.timeout))
end
`;

/** The file of requests that {@linkcode LUA_SCRIPT} reads. */
export function requestFile(
  dialect: Dialect,
  work: Work,
  keys: readonly string[],
  value: string,
): string {
  return keys.map((key) => {
    const path = dialect.path(work, key);
    return `${dialect.method[work]}\t${path}\t${dialect.body(work, key, value)}\n`;
  }).join("");
}

/** One run of wrk. */
export interface WrkRun {
  readonly url: string;
  readonly script: string;
  readonly requests: string;
  readonly connections: number;
  readonly seconds: number;
  readonly seed: number;
}

/**
 * Runs wrk, with one thread: it needs a fraction of a core.
 *
 * @throws {Error} if it fails.
 */
export async function runWrk(run: WrkRun): Promise<WrkResult> {
  const { success, stdout, stderr } = await new Deno.Command("wrk", {
    args: [
      ...["--threads", "1", "--connections", String(run.connections)],
      ...["--duration", `${run.seconds}s`, "--script", run.script, run.url],
      ...["--", run.requests, String(run.seed)],
    ],
  }).output();
  const text = new TextDecoder().decode(stdout);
  if (!success) throw new Error(`Cannot run wrk: ${new TextDecoder().decode(stderr)}${text}`);
  return parseResult(text);
}

/** Finds our script's line in what wrk prints. */
export function parseResult(text: string): WrkResult {
  const match = new RegExp(`^${RESULT_MARK} (\\d+) (\\d+) (\\d+) (\\d+) (\\d+)$`, "m").exec(text);
  if (match === null) throw new Error(`Cannot read what wrk printed: ${text}`);
  const [requests, microseconds, p50, p99, errors] = match.slice(1).map(Number);
  return {
    requests: requests!,
    seconds: microseconds! / 1e6,
    p50Ms: p50! / 1e3,
    p99Ms: p99! / 1e3,
    errors: errors!,
  };
}
