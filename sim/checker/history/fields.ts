import { BadHistory } from "./bad_history.ts";

/** What a JSON text may hold; `bigint` for whole numbers that `number` cannot tell exactly. */
type Json = Readonly<Record<string, unknown>>;

/** So much of a value that is wrong is shown. */
const SHOWN_LENGTH = 40;

/** The fields of a JSON object on one line, read one by one. */
export class Fields {
  readonly #line: number;
  readonly #prefix: string;
  readonly #json: Json;

  private constructor(line: number, prefix: string, json: Json) {
    this.#line = line;
    this.#prefix = prefix;
    this.#json = json;
  }

  /**
   * Parses a line.
   *
   * @throws {BadHistory} `not_json` if it is not a JSON object.
   */
  static parse(line: number, text: string): Fields {
    let json: unknown;
    try {
      json = JSON.parse(text, exactTimes);
    } catch (error) {
      if (!(error instanceof SyntaxError)) throw error;
      throw new BadHistory(line, "not_json", `it is not JSON: ${show(text)}`);
    }
    if (isObject(json)) return new Fields(line, "", json);
    throw new BadHistory(line, "not_json", `it is not a JSON object: ${show(text)}`);
  }

  /** Whether there is such a field, and it is not `null`. */
  has(name: string): boolean {
    return (this.#json[name] ?? null) !== null;
  }

  /** A text. */
  text(name: string): string {
    const value = this.#json[name];
    return typeof value === "string" ? value : this.fail(name, "a text");
  }

  /** A text, or `null`, which must be there. */
  textOrNull(name: string): string | null {
    const value = this.#json[name];
    return value === null || typeof value === "string" ? value : this.fail(name, "a text or null");
  }

  /** True or false. */
  flag(name: string): boolean {
    const value = this.#json[name];
    return typeof value === "boolean" ? value : this.fail(name, "true or false");
  }

  /** A whole number from 0 that is told exactly. */
  count(name: string): number {
    const value = this.#json[name];
    const isCount = typeof value === "number" && Number.isSafeInteger(value) && value >= 0;
    return isCount ? value : this.fail(name, "a whole number from 0");
  }

  /** A whole number of nanoseconds. */
  time(name: string): bigint {
    const value = this.#json[name];
    if (typeof value === "bigint") return value;
    if (typeof value === "number" && Number.isSafeInteger(value)) return BigInt(value);
    return this.fail(name, "a whole number of nanoseconds");
  }

  /** One of some words. */
  choice<T extends string>(name: string, choices: readonly T[]): T {
    const value = this.#json[name];
    const found = choices.find((choice) => choice === value);
    return found ?? this.fail(name, `one of ${choices.join(", ")}`);
  }

  /** An object; an empty one if it is missing. */
  object(name: string): Fields {
    const value = this.#json[name] ?? {};
    if (!isObject(value)) return this.fail(name, "an object");
    return new Fields(this.#line, `${this.#prefix}${name}.`, value);
  }

  /** A list of objects. */
  list(name: string): readonly Fields[] {
    const value = this.#json[name];
    if (!Array.isArray(value) || !value.every(isObject)) {
      return this.fail(name, "a list of objects");
    }
    return value.map((item, index) =>
      new Fields(this.#line, `${this.#prefix}${name}[${index}].`, item)
    );
  }

  /** Makes sure that there are no other fields, which would mean something that is not understood. */
  allowOnly(names: readonly string[]): void {
    const other = Object.keys(this.#json).find((name) => !names.includes(name));
    if (other === undefined) return;
    const what = `"${this.#prefix}${other}" means nothing here`;
    throw new BadHistory(this.#line, "bad_field", what);
  }

  /** Says what a field must be. */
  fail(name: string, expected: string): never {
    const value = this.#json[name];
    const found = value === undefined ? "missing" : show(stringify(value));
    const what = `"${this.#prefix}${name}" must be ${expected}; is ${found}`;
    throw new BadHistory(this.#line, "bad_field", what);
  }
}

/** Whole numbers beyond 2^53 as they were written, of the fields that may be such. */
function exactTimes(name: string, value: unknown, context?: { readonly source?: string }): unknown {
  if (typeof value !== "number" || (name !== "call" && name !== "return")) return value;
  const { source = "" } = context ?? {};
  return Number.isSafeInteger(value) || !/^-?\d+$/.test(source) ? value : BigInt(source);
}

function isObject(value: unknown): value is Json {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

function stringify(value: unknown): string {
  return typeof value === "bigint" ? String(value) : JSON.stringify(value);
}

function show(text: string): string {
  return text.length > SHOWN_LENGTH ? `${text.slice(0, SHOWN_LENGTH)}...` : text;
}
