import type { Work } from "../load.ts";
import type { Measured } from "../measurement.ts";
import type { Dialect } from "./dialects.ts";

/** Begins the line that our script prints at the end. */
const RESULT_MARK = "result:";

/**
 * The script that has wrk make the requests. It takes them, in random order, from files with a line for each:
 * method, path and body, separated by tabs. Its arguments: the file of puts, that of gets, the part of the
 * requests that are puts, and a seed. A thread for each port has its connections go to that one.
 */
export function luaScript(ports: readonly number[]): string {
  return `
local ports = { ${ports.join(", ")} }
local threads = 0
local puts, gets = {}, {}
local writes

function setup(thread)
  threads = threads + 1
  thread:set("id", threads)
  thread.addr = wrk.lookup("127.0.0.1", tostring(ports[(threads - 1) % #ports + 1]))[1]
end

local function load(path, requests)
  for line in io.lines(path) do
    local method, path, body = line:match("^(%S+)\\t(%S+)\\t(.*)$")
    if body == "" then body = nil end
    requests[#requests + 1] = wrk.format(method, path, nil, body)
  end
end

function init(args)
  writes = tonumber(args[3])
  math.randomseed(tonumber(args[4]) * 1000 + id)
  if writes > 0 then load(args[1], puts) end
  if writes < 1 then load(args[2], gets) end
end

function request()
  local requests = gets
  if writes == 1 or writes > 0 and math.random() < writes then requests = puts end
  return requests[math.random(#requests)]
end

function done(summary, latency)
  local errors = summary.errors
  io.write(string.format("${RESULT_MARK} %d %d %d %d %d\\n", summary.requests, summary.duration,
    latency:percentile(50), latency:percentile(99),
    errors.connect + errors.read + errors.write + errors.status + errors.timeout))
end
`;
}

/** A file of requests that {@linkcode luaScript} reads. */
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

/**
 * Finds our script's line in what wrk prints.
 *
 * @throws {Error} if there is none.
 */
export function parseWrkResult(text: string): Measured {
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
