/**
 * The part of a URL after the question mark, read strictly: an unknown parameter, one given twice or
 * one that is not percent-encoded UTF-8 is an error rather than ignored, because a misspelt
 * `consistency` or `if-value` that is ignored does harm.
 *
 * @module
 */
import { HttpProblem } from "./problems.ts";

/** The parameters of a request, decoded. */
export type Parameters = ReadonlyMap<string, string>;

/** The parameters of a request without any, shared by all of them. */
export const NO_PARAMETERS: Parameters = new Map();

const TIMEOUT_MS_MAX = 60_000;
const DURATION = /^(\d{1,9}(?:\.\d{1,6})?)(ms|s)$/;
const INTEGER = /^-?\d{1,20}$/;

/**
 * Reads the parameters of a URL.
 *
 * @throws {HttpProblem} `bad_request` for one that is not allowed, repeated or malformed.
 */
export function parseParameters(url: string, allowed: ReadonlySet<string>): Parameters {
  const mark = url.indexOf("?");
  if (mark < 0 || mark === url.length - 1) return NO_PARAMETERS;
  const parameters = new Map<string, string>();
  for (const part of url.slice(mark + 1).split("&")) {
    if (part === "") continue;
    const equals = part.indexOf("=");
    const name = decode(equals < 0 ? part : part.slice(0, equals));
    if (!allowed.has(name)) throw badRequest(unknownParameter(name, allowed));
    if (parameters.has(name)) throw badRequest(`Query parameter "${name}" is given twice`);
    parameters.set(name, equals < 0 ? "" : decode(part.slice(equals + 1)));
  }
  return parameters;
}

/**
 * Whether a flag is given: `?name`, `?name=true` or `?name=false`; `fallback` if it is not.
 *
 * @throws {HttpProblem} `bad_request` for any other value.
 */
export function flag(parameters: Parameters, name: string, fallback = false): boolean {
  const value = parameters.get(name);
  if (value === undefined) return fallback;
  if (value === "false") return false;
  if (value === "" || value === "true") return true;
  throw badRequest(`Query parameter "${name}" takes true or false, not "${excerpt(value)}"`);
}

/**
 * An integer parameter, or `undefined` without it.
 *
 * @throws {HttpProblem} `bad_request` if it is not an integer from `min` to `max`.
 */
export function integer(
  parameters: Parameters,
  name: string,
  { min, max }: { readonly min: number; readonly max: number },
): number | undefined {
  const text = parameters.get(name);
  if (text === undefined) return undefined;
  const value = Number(text);
  if (!INTEGER.test(text) || value < min || value > max) {
    throw badRequest(
      `Query parameter "${name}" takes an integer from ${min} to ${max}, not "${excerpt(text)}"`,
    );
  }
  return value;
}

/**
 * One of a few words, or `undefined` without the parameter.
 *
 * @throws {HttpProblem} `bad_request` for any other word.
 */
export function word<W extends string>(
  parameters: Parameters,
  name: string,
  words: readonly W[],
): W | undefined {
  const value = parameters.get(name);
  if (value === undefined) return undefined;
  for (const candidate of words) if (candidate === value) return candidate;
  throw badRequest(
    `Query parameter "${name}" takes ${words.join(" or ")}, not "${excerpt(value)}"`,
  );
}

/**
 * The parameter `timeout` in milliseconds, or `undefined` without it.
 *
 * @throws {HttpProblem} `bad_request` if it is not a duration from 1 ms to 60 s.
 */
export function timeout(parameters: Parameters): number | undefined {
  const text = parameters.get("timeout");
  if (text === undefined) return undefined;
  const match = DURATION.exec(text);
  const milliseconds = match === null ? NaN : Number(match[1]) * (match[2] === "s" ? 1_000 : 1);
  if (!(milliseconds >= 1 && milliseconds <= TIMEOUT_MS_MAX)) {
    throw badRequest(
      `Query parameter "timeout" takes 1ms to 60s, as in 500ms or 2s, not "${excerpt(text)}"`,
    );
  }
  return milliseconds;
}

/** A problem with the request itself. */
export function badRequest(detail: string, cause?: unknown): HttpProblem {
  return new HttpProblem("bad_request", detail, { cause });
}

/** The beginning of a text that a message quotes. */
export function excerpt(text: string): string {
  return text.length <= 40 ? text : `${text.slice(0, 40)}...`;
}

function decode(text: string): string {
  try {
    return decodeURIComponent(text.includes("+") ? text.replaceAll("+", " ") : text);
  } catch (cause) {
    throw badRequest(
      `Query string is not percent-encoded UTF-8 at "${excerpt(text)}"`,
      cause,
    );
  }
}

function unknownParameter(name: string, allowed: ReadonlySet<string>): string {
  const known = allowed.size === 0
    ? "this route takes none"
    : `this route takes ${[...allowed].join(", ")}`;
  return `Query parameter "${excerpt(name)}" is unknown: ${known}`;
}
