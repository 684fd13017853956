/**
 * A map and a set for what comes and goes with every request. They do what a `Map` and a `Set` do, in the same
 * order.
 *
 * A `Map` makes itself a new table each time that so many of its entries were deleted, and the old table refers
 * to the new one. Once one of them has got old, V8 keeps all that follow, with what was in them, until it collects
 * the whole heap: 1 KB of every request, which made the collections of new objects take 5 to 10 ms instead of 1 to
 * 3, and a write over HTTP 15 to 30 % more time. So the entries move to a `Map` of their own now and then.
 *
 * @module
 */

/** After so many deletions, and as many more as there are entries, they move. */
const DELETIONS = 256;

/** A map whose entries come and go. */
export class TransientMap<K, V> {
  #map = new Map<K, V>();
  #deletions = 0;
  /** Iterations that have not ended: they go on as those of a `Map` do. */
  #iterations = 0;

  /** The number of keys. */
  get size(): number {
    return this.#map.size;
  }

  /** The value of a key. */
  get(key: K): V | undefined {
    return this.#map.get(key);
  }

  /** Whether a key is there. */
  has(key: K): boolean {
    return this.#map.has(key);
  }

  /** Stores a value under a key. */
  set(key: K, value: V): void {
    const isMoving = this.#deletions > DELETIONS + this.#map.size && this.#iterations === 0;
    if (isMoving) {
      this.#map = new Map(this.#map);
      this.#deletions = 0;
    }
    this.#map.set(key, value);
  }

  /** Removes a key; returns whether it was there. */
  delete(key: K): boolean {
    const isThere = this.#map.delete(key);
    if (isThere) this.#deletions++;
    return isThere;
  }

  /** Removes everything. */
  clear(): void {
    this.#deletions += this.#map.size;
    this.#map.clear();
  }

  /** The keys, in the order in which they were added. */
  keys(): Generator<K> {
    return this.#iterate((map) => map.keys());
  }

  /** The values, in the order in which their keys were added. */
  values(): Generator<V> {
    return this.#iterate((map) => map.values());
  }

  /** The keys and their values, in the order in which the keys were added. */
  [Symbol.iterator](): Generator<[K, V]> {
    return this.#iterate((map) => map.entries());
  }

  *#iterate<T>(itemsOf: (map: Map<K, V>) => MapIterator<T>): Generator<T> {
    this.#iterations++;
    try {
      yield* itemsOf(this.#map);
    } finally {
      this.#iterations--;
    }
  }
}

/** A set whose items come and go. */
export class TransientSet<T> {
  readonly #items = new TransientMap<T, undefined>();

  /** The number of items. */
  get size(): number {
    return this.#items.size;
  }

  /** Whether an item is there. */
  has(item: T): boolean {
    return this.#items.has(item);
  }

  /** Adds an item. */
  add(item: T): void {
    this.#items.set(item, undefined);
  }

  /** Removes an item; returns whether it was there. */
  delete(item: T): boolean {
    return this.#items.delete(item);
  }

  /** Removes everything. */
  clear(): void {
    this.#items.clear();
  }

  /** The items, in the order in which they were added. */
  [Symbol.iterator](): Generator<T> {
    return this.#items.keys();
  }
}
