/**
 * The order of keys. They are ordered by their UTF-8 bytes, which is the order of their code points;
 * `<` orders strings by UTF-16 code units, which differs where a surrogate meets a unit above it. The
 * store therefore keeps each key in a *sortable* form that `<` orders rightly. For text without
 * such units, nearly all there is, the sortable form is the very same string.
 *
 * @module
 */

/** Units that are out of place: surrogates, and those above them. */
const OUT_OF_PLACE = /[\ud800-\uffff]/;
const SURROGATE_MIN = 0xd800;
const SURROGATE_COUNT = 0x800;
/** What lies above the surrogates moves down in their place, and they move to the top. */
const SORTABLE_SURROGATE_MIN = 0x1_0000 - SURROGATE_COUNT;

/** Keys from `from` (included) to `until` (excluded; to the very last if undefined), sortable. */
export interface KeyRange {
  readonly from: string;
  readonly until: string | undefined;
}

/** The form of a key that `<` orders as the key's UTF-8 bytes are ordered. */
export function toSortable(key: string): string {
  return OUT_OF_PLACE.test(key) ? mapUnits(key, unitToSortable) : key;
}

/** The key with this sortable form. */
export function fromSortable(sortable: string): string {
  return OUT_OF_PLACE.test(sortable) ? mapUnits(sortable, unitFromSortable) : sortable;
}

function unitToSortable(unit: number): number {
  if (unit < SURROGATE_MIN) return unit;
  const isSurrogate = unit < SURROGATE_MIN + SURROGATE_COUNT;
  return isSurrogate ? unit - SURROGATE_MIN + SORTABLE_SURROGATE_MIN : unit - SURROGATE_COUNT;
}

function unitFromSortable(unit: number): number {
  if (unit < SURROGATE_MIN) return unit;
  const isSurrogate = unit >= SORTABLE_SURROGATE_MIN;
  return isSurrogate ? unit - SORTABLE_SURROGATE_MIN + SURROGATE_MIN : unit + SURROGATE_COUNT;
}

function mapUnits(text: string, map: (unit: number) => number): string {
  let mapped = "";
  for (let index = 0; index < text.length; index++) {
    mapped += String.fromCharCode(map(text.charCodeAt(index)));
  }
  return mapped;
}

/** The keys that begin with `prefix`. */
export function rangeOfPrefix(prefix: string): KeyRange {
  const from = toSortable(prefix);
  return { from, until: firstAfterPrefix(from) };
}

/** The keys from `start` (included) to `end` (excluded). */
export function rangeBetween(start: string | undefined, end: string | undefined): KeyRange {
  return {
    from: start === undefined ? "" : toSortable(start),
    until: end === undefined ? undefined : toSortable(end),
  };
}

/** Whether a sortable key lies in a range. */
export function inRange(range: KeyRange, sortable: string): boolean {
  return sortable >= range.from && (range.until === undefined || sortable < range.until);
}

/** What is left of a range after a scan came to a key of it. */
export function restOfRange(range: KeyRange, last: string, reverse: boolean): KeyRange {
  // No string lies between one and the same followed by U+0000.
  return reverse
    ? { from: range.from, until: last }
    : { from: `${last}\u0000`, until: range.until };
}

/** The least string above everything that begins with `prefix`; undefined if there is none. */
function firstAfterPrefix(prefix: string): string | undefined {
  for (let length = prefix.length; length > 0; length--) {
    const unit = prefix.charCodeAt(length - 1);
    if (unit < 0xffff) return prefix.slice(0, length - 1) + String.fromCharCode(unit + 1);
  }
  return undefined;
}
