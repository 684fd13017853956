/**
 * What a state or a command in JSON may consist of, so that a copy made through text is the same in
 * every respect that a program can see.
 *
 * @module
 */
import { TroupeError } from "../actors/errors.ts";

/** The deepest nesting of objects and arrays. Bounds recursion, so that it ends alike everywhere. */
export const JSON_DEPTH_MAX = 100;

/** An object or an array. */
export type JsonContainer = Record<string, unknown> | unknown[];

/** Something that JSON cannot express. */
export class NotJson extends TroupeError {
  /** Says where it is, as the names that lead there, and what it is. */
  constructor(path: readonly (string | number)[], what: string) {
    const where = path.length === 0 ? "Value" : `Value at "${path.join(".")}"`;
    super("not_json", `${where} is not JSON: it is ${what}`);
  }
}

/**
 * Copies a value to its depths. Negative zero, which JSON does not know, becomes zero.
 *
 * @param depth How many objects and arrays the value lies within.
 * @throws {NotJson} unless all of it is null, booleans, text, finite numbers, arrays without holes
 * and plain objects, at most {@linkcode JSON_DEPTH_MAX} levels deep.
 */
export function copyJson(value: unknown, depth = 0): unknown {
  return typeof value === "object" && value !== null
    ? copyContainer(value, depth, [])
    : copyScalar(value, []);
}

function copyAny(value: unknown, depth: number, path: (string | number)[]): unknown {
  return typeof value === "object" && value !== null
    ? copyContainer(value, depth, path)
    : copyScalar(value, path);
}

function copyScalar(value: unknown, path: (string | number)[]): unknown {
  switch (typeof value) {
    case "number":
      if (!Number.isFinite(value)) throw new NotJson(path, String(value));
      return value === 0 ? 0 : value;
    case "undefined":
      throw new NotJson(path, "undefined");
    case "string":
    case "boolean":
    case "object":
      return value;
    default:
      throw new NotJson(path, `a ${typeof value}`);
  }
}

function copyContainer(value: object, depth: number, path: (string | number)[]): JsonContainer {
  if (depth >= JSON_DEPTH_MAX) {
    throw new NotJson(path, `nested more than ${JSON_DEPTH_MAX} levels deep`);
  }
  return Array.isArray(value)
    ? copyItems(value, depth + 1, path)
    : copyMembers(value, depth + 1, path);
}

function copyItems(items: readonly unknown[], depth: number, path: (string | number)[]): unknown[] {
  const copy: unknown[] = [];
  for (let index = 0; index < items.length; index++) {
    path.push(index);
    copy.push(copyAny(items[index], depth, path));
    path.pop();
  }
  return copy;
}

function copyMembers(
  object: object,
  depth: number,
  path: (string | number)[],
): Record<string, unknown> {
  if (Object.getPrototypeOf(object) !== Object.prototype) {
    throw new NotJson(path, "no plain object");
  }
  const copy: Record<string, unknown> = {};
  for (const name of Object.keys(object)) {
    path.push(name);
    copy[name] = copyAny((object as Record<string, unknown>)[name], depth, path);
    path.pop();
  }
  return copy;
}
