import type { Problems } from "./problems.ts";
import { nearestName } from "./problems.ts";
import { describe, formatDuration, formatSize, parseDuration, parseSize } from "./units.ts";
import type { Parsed } from "./units.ts";

/** What is known of a field besides its prose; `docs/configuration.md` shows it. */
export interface FieldSpec {
  /** As it is written in the file: `timeouts.heartbeat_ms`. */
  readonly path: string;
  /** What it holds: `duration`, `list of host:port`, ... */
  readonly kind: string;
  /** The default in words; `required` if there is none. */
  readonly fallback: string;
  /** The least and the most, or the choices, in words. */
  readonly range?: string;
}

/** The bounds and the default of a number. */
export interface NumberOptions {
  readonly fallback: number;
  readonly min: number;
  readonly max: number;
}

/** What all sections of a file share while it is read. */
export interface Reading {
  readonly problems: Problems;
  /** What goes before the name of every field: nothing in a file, `--` on a command line. */
  readonly prefix: string;
  /** Every field that was asked for, in that order. */
  readonly specs: FieldSpec[];
}

/**
 * A mapping of the file, read field by field. A field that is absent is its default; one that is wrong is a
 * problem noted, and its default, so that reading goes on to the next problem.
 */
export class Section {
  readonly #reading: Reading;
  readonly #path: string;
  readonly #values: Readonly<Record<string, unknown>>;
  readonly #known: string[] = [];

  constructor(reading: Reading, path: string, values: Readonly<Record<string, unknown>>) {
    this.#reading = reading;
    this.#path = path;
    this.#values = values;
  }

  /** A mapping within this one. */
  section(name: string): Section {
    const value = this.#take(name);
    const path = this.pathOf(name);
    if (value === undefined || value === null) return new Section(this.#reading, path, {});
    if (isMapping(value)) return new Section(this.#reading, path, value);
    this.problem(name, `Must be a mapping of options; is ${describe(value)}`);
    return new Section(this.#reading, path, {});
  }

  duration(name: string, options: NumberOptions): number {
    return this.#number(name, "duration", options, parseDuration, formatDuration);
  }

  size(name: string, options: NumberOptions): number {
    return this.#number(name, "size", options, parseSize, formatSize);
  }

  count(name: string, options: NumberOptions): number {
    return this.#number(name, "whole number", options, parseCount, String);
  }

  /** A number that need not be whole. */
  decimal(name: string, options: NumberOptions): number {
    return this.#number(name, "number", options, parseDecimal, String);
  }

  flag(name: string, fallback = false): boolean {
    this.#describe({ path: this.pathOf(name), kind: "true or false", fallback: String(fallback) });
    const value = this.#value(name);
    if (value === undefined) return fallback;
    if (typeof value === "boolean") return value;
    this.problem(name, `Must be true or false; is ${describe(value)}`);
    return fallback;
  }

  choice<const C extends string>(name: string, choices: readonly C[], fallback: C): C {
    const range = choices.join(", ");
    this.#describe({ path: this.pathOf(name), kind: "choice", fallback, range });
    const value = this.#value(name);
    if (value === undefined) return fallback;
    const chosen = choices.find((choice) => choice === value);
    if (chosen === undefined) {
      this.problem(name, `Must be one of ${range}; is ${describe(value)}`);
    }
    return chosen ?? fallback;
  }

  /** A text; `undefined` if it is absent or wrong. */
  text(name: string, fallback: string): string | undefined {
    this.#describe({ path: this.pathOf(name), kind: "text", fallback });
    const value = this.#value(name);
    if (value === undefined) return undefined;
    if (typeof value === "string" && value !== "") return value;
    this.problem(name, `Must be a text; is ${describe(value)}`);
    return undefined;
  }

  /**
   * A value of some other form, which `parse` checks and says what is wrong with as `{ problem }`.
   * `undefined` if it is absent or wrong.
   */
  value<T>(
    name: string,
    options: { readonly kind: string; readonly fallback: string; readonly range?: string },
    parse: (value: unknown) => T | { readonly problem: string },
  ): T | undefined {
    this.#describe({ path: this.pathOf(name), ...options });
    const value = this.#value(name);
    if (value === undefined) return undefined;
    const parsed = parse(value);
    if (!isProblem(parsed)) return parsed;
    this.problem(name, parsed.problem);
    return undefined;
  }

  /**
   * A list of texts, each of which `parse` turns into an item or into what is wrong with it, which it
   * says as `{ problem }`. `undefined` if the list is absent; a wrong item leaves a hole.
   */
  list<T>(
    name: string,
    options: { readonly kind: string; readonly fallback: string },
    parse: (text: string) => T | { readonly problem: string },
  ): (T | undefined)[] | undefined {
    this.#describe({ path: this.pathOf(name), ...options });
    const value = this.#value(name);
    if (value === undefined) return undefined;
    if (!Array.isArray(value)) {
      this.problem(name, `Must be a ${options.kind}; is ${describe(value)}`);
      return undefined;
    }
    return value.map((item: unknown, index) => {
      const parsed = typeof item === "string" ? parse(item) : { problem: notText(item) };
      if (!isProblem(parsed)) return parsed;
      this.problem(`${name}[${index}]`, parsed.problem);
      return undefined;
    });
  }

  /** The fields that the file has here, known or not. */
  get names(): readonly string[] {
    return Object.keys(this.#values);
  }

  /** Whether the file has the field, empty or not. */
  has(name: string): boolean {
    return Object.hasOwn(this.#values, name);
  }

  /** Notes what is wrong with a field of this section. */
  problem(name: string, what: string): void {
    this.#reading.problems.add(this.pathOf(name), what);
  }

  /** Notes the fields that nobody asked for; call it after the last one was read. */
  end(): void {
    for (const name of Object.keys(this.#values)) {
      if (this.#known.includes(name)) continue;
      const nearest = nearestName(name, this.#known);
      const hint = nearest === null
        ? `known here are ${this.#known.join(", ")}`
        : `did you mean "${this.#path === "" ? this.#reading.prefix : ""}${nearest}"?`;
      this.problem(name, `Is not an option; ${hint}`);
    }
  }

  /** A field of this section as messages name it. */
  pathOf(name: string): string {
    return this.#path === "" ? `${this.#reading.prefix}${name}` : `${this.#path}.${name}`;
  }

  #number(
    name: string,
    kind: string,
    { fallback, min, max }: NumberOptions,
    parse: (value: unknown) => Parsed,
    format: (value: number) => string,
  ): number {
    const range = `${format(min)} to ${format(max)}`;
    this.#describe({ path: this.pathOf(name), kind, fallback: format(fallback), range });
    const value = this.#value(name);
    if (value === undefined) return fallback;
    const parsed = parse(value);
    if ("problem" in parsed) {
      this.problem(name, parsed.problem);
      return fallback;
    }
    if (parsed.value >= min && parsed.value <= max) return parsed.value;
    this.problem(name, `Must be ${range}; is ${format(parsed.value)}`);
    return fallback;
  }

  /** A field's value, `undefined` if absent; one that is there but empty is a problem. */
  #value(name: string): unknown {
    const value = this.#take(name);
    if (value !== null) return value;
    this.problem(name, "Has no value; give one, or remove the line to get the default");
    return undefined;
  }

  #take(name: string): unknown {
    this.#known.push(name);
    return this.has(name) ? this.#values[name] : undefined;
  }

  #describe(spec: FieldSpec): void {
    this.#reading.specs.push(spec);
  }
}

/** Whether a value of a YAML document is a mapping. */
export function isMapping(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === "object" && value !== null && !Array.isArray(value) &&
    !(value instanceof Date) && !(value instanceof Uint8Array);
}

function isProblem(value: unknown): value is { readonly problem: string } {
  return typeof value === "object" && value !== null && "problem" in value;
}

function notText(item: unknown): string {
  const hint = isMapping(item) ? "; write host:port without a space after the colon" : "";
  return `Must be a text; is ${describe(item)}${hint}`;
}

function parseCount(value: unknown): Parsed {
  if (typeof value === "number" && Number.isSafeInteger(value)) return { value };
  return { problem: `Must be a whole number; is ${describe(value)}` };
}

function parseDecimal(value: unknown): Parsed {
  if (typeof value === "number" && Number.isFinite(value)) return { value };
  return { problem: `Must be a number; is ${describe(value)}` };
}
