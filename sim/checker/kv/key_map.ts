/** So many keys are copied at most, besides the list of pages, when one changes. */
const PAGE_LENGTH_MAX = 48;

/** A key and what is kept under it. */
export type KeyEntry<Value> = readonly [key: string, value: Value];

type Page<Value> = readonly KeyEntry<Value>[];

/**
 * A map whose keys are in the order of their UTF-8 bytes, and which never changes: a change makes
 * another map, which shares most of itself with this one. A search keeps thousands of them.
 */
export class KeyMap<Value> {
  readonly size: number;
  /** In order; none is empty. */
  readonly #pages: readonly Page<Value>[];

  private constructor(pages: readonly Page<Value>[], size: number) {
    this.#pages = pages;
    this.size = size;
  }

  /** A map without keys. */
  static empty<Value>(): KeyMap<Value> {
    return new KeyMap<Value>([], 0);
  }

  get(key: string): Value | undefined {
    const page = this.#pages[this.#pageOf(key)];
    const entry = page?.[firstFrom(page, key)];
    return entry?.[0] === key ? entry[1] : undefined;
  }

  /** The map in which the key has this value. */
  with(key: string, value: Value): KeyMap<Value> {
    const index = this.#pageOf(key);
    const page = this.#pages[index] ?? [];
    const at = firstFrom(page, key);
    const replaced = page[at]?.[0] === key ? 1 : 0;
    const changed = page.toSpliced(at, replaced, [key, value]);
    const middle = changed.length >>> 1;
    const halves = changed.length <= PAGE_LENGTH_MAX
      ? [changed]
      : [changed.slice(0, middle), changed.slice(middle)];
    return new KeyMap(this.#pages.toSpliced(index, 1, ...halves), this.size + 1 - replaced);
  }

  /** The map in which the key is absent. */
  without(key: string): KeyMap<Value> {
    const index = this.#pageOf(key);
    const page = this.#pages[index] ?? [];
    const at = firstFrom(page, key);
    if (page[at]?.[0] !== key) return this;
    const rest = page.length === 1 ? [] : [page.toSpliced(at, 1)];
    return new KeyMap(this.#pages.toSpliced(index, 1, ...rest), this.size - 1);
  }

  /** All entries, in the order of their keys. */
  *entries(): Generator<KeyEntry<Value>, void> {
    for (const page of this.#pages) yield* page;
  }

  /** The page on which a key is, or would be put. */
  #pageOf(key: string): number {
    let low = 0;
    let high = this.#pages.length - 1;
    while (low < high) {
      const middle = (low + high + 1) >>> 1;
      if (compareKeys(this.#pages[middle]![0]![0], key) <= 0) low = middle;
      else high = middle - 1;
    }
    return low;
  }
}

/** Where in a page the first key is that is not before another. */
function firstFrom<Value>(page: Page<Value>, key: string): number {
  let low = 0;
  let high = page.length;
  while (low < high) {
    const middle = (low + high) >>> 1;
    if (compareKeys(page[middle]![0], key) < 0) low = middle + 1;
    else high = middle;
  }
  return low;
}

/** Compares texts by their UTF-8 bytes, which is by their code points. */
export function compareKeys(a: string, b: string): number {
  const length = Math.min(a.length, b.length);
  for (let index = 0; index < length; index++) {
    const [unitA, unitB] = [a.charCodeAt(index), b.charCodeAt(index)];
    if (unitA !== unitB) return rank(unitA) - rank(unitB);
  }
  return a.length - b.length;
}

/** Surrogates stand for code points above all others. */
function rank(unit: number): number {
  return unit >= 0xd800 && unit < 0xe000 ? unit + 0x10000 : unit;
}
