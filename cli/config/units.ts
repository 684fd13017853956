/** What became of a text with a unit: its number, or why there is none. */
export type Parsed = { readonly value: number } | { readonly problem: string };

const BYTES: Readonly<Record<string, number>> = {
  B: 1,
  KB: 1_000,
  MB: 1_000_000,
  GB: 1_000_000_000,
  KiB: 1 << 10,
  MiB: 1 << 20,
  GiB: 1 << 30,
};

const MILLISECONDS: Readonly<Record<string, number>> = { ms: 1, s: 1_000, m: 60_000, h: 3_600_000 };

/** Reads a size in bytes: `65536`, `"64KiB"`, `"1.5 MB"`. */
export function parseSize(value: unknown): Parsed {
  return parseWithUnit(value, BYTES, 'a size such as "64MiB", or a number of bytes');
}

/** Reads a duration in milliseconds: `500`, `"500ms"`, `"2s"`. */
export function parseDuration(value: unknown): Parsed {
  return parseWithUnit(value, MILLISECONDS, 'a duration such as "500ms" or "2s", or milliseconds');
}

function parseWithUnit(
  value: unknown,
  units: Readonly<Record<string, number>>,
  expected: string,
): Parsed {
  const problem = `Must be ${expected}; is ${describe(value)}`;
  if (typeof value === "number") return whole(value, problem);
  if (typeof value !== "string") return { problem };
  const match = /^(\d+(?:\.\d+)?)\s*([A-Za-z]*)$/.exec(value.trim());
  if (match === null) return { problem };
  const [, digits, unit] = match;
  if (unit === "") return whole(Number(digits), problem);
  const name = Object.keys(units).find((known) => known.toLowerCase() === unit!.toLowerCase());
  if (name === undefined) {
    return {
      problem: `Has the unknown unit "${unit}"; known are ${Object.keys(units).join(", ")}`,
    };
  }
  return whole(Number(digits) * units[name]!, problem);
}

function whole(value: number, problem: string): Parsed {
  return Number.isSafeInteger(value) ? { value } : { problem };
}

/** A size as people write it: `64MiB`, or plain bytes if no unit divides it. */
export function formatSize(bytes: number): string {
  for (const unit of ["GiB", "MiB", "KiB"]) {
    const size = BYTES[unit]!;
    if (bytes >= size && bytes % size === 0) return `${bytes / size}${unit}`;
  }
  return bytes === 1 ? "1 byte" : `${bytes} bytes`;
}

/** A duration as people write it: `500ms`, `2s`. */
export function formatDuration(ms: number): string {
  return ms >= 1_000 && ms % 1_000 === 0 ? `${ms / 1_000}s` : `${ms}ms`;
}

/** A value of a YAML document in a few words, for an error message. */
export function describe(value: unknown): string {
  if (value === null || value === undefined) return "empty";
  if (Array.isArray(value)) return "a list";
  if (value instanceof Date) return `the date ${value.toISOString()}`;
  if (typeof value === "object") return "a mapping";
  const text = typeof value === "string" ? JSON.stringify(value) : String(value);
  return text.length > 60 ? `${text.slice(0, 57)}...` : text;
}
