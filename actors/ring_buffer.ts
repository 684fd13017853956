/**
 * A double-ended queue on a circular array, growing by doubling up to its capacity. Nothing is ever
 * shifted, so taking from the front costs the same however long the queue is.
 */
export class RingBuffer<T> {
  /** The most items it holds. */
  readonly capacity: number;
  #items: (T | undefined)[];
  #head = 0;
  #length = 0;

  /** @throws {RangeError} if the capacity is not a positive integer. */
  constructor(capacity: number) {
    if (!Number.isInteger(capacity) || capacity < 1) {
      throw new RangeError(`Capacity must be a positive integer: ${capacity}`);
    }
    this.capacity = capacity;
    this.#items = new Array(Math.min(16, ceilPowerOfTwo(capacity)));
  }

  /** Items held. */
  get length(): number {
    return this.#length;
  }

  /** Adds at the back; `false` if it is full. */
  push(item: T): boolean {
    if (this.#length === this.capacity) return false;
    this.#growIfFull();
    this.#items[(this.#head + this.#length) & (this.#items.length - 1)] = item;
    this.#length++;
    return true;
  }

  /** Adds at the front; `false` if it is full. */
  unshift(item: T): boolean {
    if (this.#length === this.capacity) return false;
    this.#growIfFull();
    this.#head = (this.#head - 1) & (this.#items.length - 1);
    this.#items[this.#head] = item;
    this.#length++;
    return true;
  }

  /** Takes from the front; `undefined` if it is empty. */
  shift(): T | undefined {
    if (this.#length === 0) return undefined;
    const item = this.#items[this.#head];
    this.#items[this.#head] = undefined;
    this.#head = (this.#head + 1) & (this.#items.length - 1);
    this.#length--;
    return item;
  }

  /** Takes the item at `index` by moving the first item into its place. */
  takeAt(index: number): T | undefined {
    if (index < 0 || index >= this.#length) return undefined;
    const slot = (this.#head + index) & (this.#items.length - 1);
    const item = this.#items[slot];
    this.#items[slot] = this.#items[this.#head];
    this.shift();
    return item;
  }

  #growIfFull(): void {
    if (this.#length < this.#items.length) return;
    const larger: (T | undefined)[] = new Array(this.#items.length * 2);
    for (let index = 0; index < this.#length; index++) {
      larger[index] = this.#items[(this.#head + index) & (this.#items.length - 1)];
    }
    this.#items = larger;
    this.#head = 0;
  }
}

function ceilPowerOfTwo(value: number): number {
  let power = 1;
  while (power < value) power *= 2;
  return power;
}
