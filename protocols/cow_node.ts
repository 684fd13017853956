/**
 * The nodes of a {@linkcode CowTree}. Only a node whose epoch is the tree's may be changed; a branch
 * therefore copies a child of an earlier epoch, which a frozen version shares, before it goes there.
 *
 * @module
 */

/** The most keys of a leaf, and the most children of a branch. */
const WIDTH_MAX = 64;
/** The fewest, except at the root. A node below it is joined with a neighbour. */
const WIDTH_MIN = 8;

/** A node of a tree. */
export type Node<V> = Leaf<V> | Branch<V>;

/** The index of the first key that is not below `key`. */
export function lowerBound(keys: readonly string[], key: string): number {
  let low = 0;
  let high = keys.length;
  while (low < high) {
    const middle = (low + high) >>> 1;
    if (keys[middle]! < key) low = middle + 1;
    else high = middle;
  }
  return low;
}

/** The index of the first key above `key`. */
export function upperBound(keys: readonly string[], key: string): number {
  let low = 0;
  let high = keys.length;
  while (low < high) {
    const middle = (low + high) >>> 1;
    if (keys[middle]! <= key) low = middle + 1;
    else high = middle;
  }
  return low;
}

/** Where to cut a node that grew too wide; a node that grew at its end is left nearly full. */
function cutAt(width: number, grownAt: number): number {
  return grownAt === width - 1 ? width - WIDTH_MIN : width >>> 1;
}

/** A node of keys and values. */
export class Leaf<V> {
  readonly epoch: number;
  readonly keys: string[];
  readonly values: V[];

  constructor(epoch: number, keys: string[], values: V[]) {
    this.epoch = epoch;
    this.keys = keys;
    this.values = values;
  }

  get width(): number {
    return this.keys.length;
  }

  /** The number of keys. */
  get count(): number {
    return this.keys.length;
  }

  /** The first key. */
  least(): string {
    return this.keys[0]!;
  }

  copy(epoch: number): Leaf<V> {
    return new Leaf(epoch, this.keys.slice(), this.values.slice());
  }

  /** Stores a value; returns the new right half of the node if it had to be split. */
  set(key: string, value: V): Leaf<V> | undefined {
    const at = lowerBound(this.keys, key);
    if (this.keys[at] === key) {
      this.values[at] = value;
      return undefined;
    }
    this.keys.splice(at, 0, key);
    this.values.splice(at, 0, value);
    return this.keys.length > WIDTH_MAX ? this.split(cutAt(this.keys.length, at)) : undefined;
  }

  /** Removes a key; returns whether it was there. */
  delete(key: string): boolean {
    const at = lowerBound(this.keys, key);
    if (this.keys[at] !== key) return false;
    this.keys.splice(at, 1);
    this.values.splice(at, 1);
    return true;
  }

  /** Cuts off everything from `at`. */
  split(at: number): Leaf<V> {
    return new Leaf(this.epoch, this.keys.splice(at), this.values.splice(at));
  }

  /** Takes over what the neighbour to the right has, leaving that as it is. */
  absorb(right: Leaf<V>): void {
    this.keys.push(...right.keys);
    this.values.push(...right.values);
  }
}

/** A node of nodes. */
export class Branch<V> {
  readonly epoch: number;
  /** `separators[i]` is above every key of `children[i]` and not above any of `children[i + 1]`. */
  readonly separators: string[];
  readonly children: Node<V>[];
  /** The number of keys below this node. */
  count: number;

  constructor(epoch: number, separators: string[], children: Node<V>[]) {
    this.epoch = epoch;
    this.separators = separators;
    this.children = children;
    this.count = 0;
    for (const child of children) this.count += child.count;
  }

  get width(): number {
    return this.children.length;
  }

  least(): string {
    return this.children[0]!.least();
  }

  copy(epoch: number): Branch<V> {
    return new Branch(epoch, this.separators.slice(), this.children.slice());
  }

  /** The child at `index`, which may be changed: copied first if a frozen version shares it. */
  own(index: number): Node<V> {
    const child = this.children[index]!;
    if (child.epoch === this.epoch) return child;
    return this.children[index] = child.copy(this.epoch);
  }

  /** Stores a value; returns the new right half of the node if it had to be split. */
  set(key: string, value: V): Branch<V> | undefined {
    const at = upperBound(this.separators, key);
    const child = this.own(at);
    const before = child.count;
    const right = child.set(key, value);
    this.count += child.count + (right?.count ?? 0) - before;
    if (right === undefined) return undefined;
    this.separators.splice(at, 0, right.least());
    this.children.splice(at + 1, 0, right);
    return this.width > WIDTH_MAX ? this.split(cutAt(this.width, at + 1)) : undefined;
  }

  /** Removes a key; returns whether it was there. */
  delete(key: string): boolean {
    const at = upperBound(this.separators, key);
    const child = this.own(at);
    if (!child.delete(key)) return false;
    this.count--;
    if (child.width < WIDTH_MIN) this.#join(Math.min(at, this.width - 2));
    return true;
  }

  /** Cuts off everything from `at`. */
  split(at: number): Branch<V> {
    const children = this.children.splice(at);
    const separators = this.separators.splice(at - 1).slice(1);
    const right = new Branch(this.epoch, separators, children);
    this.count -= right.count;
    return right;
  }

  /** Takes over what the neighbour to the right has, leaving that as it is. */
  absorb(right: Branch<V>): void {
    this.separators.push(right.least(), ...right.separators);
    this.children.push(...right.children);
    this.count += right.count;
  }

  /** Makes one node, or two of equal width, of the children at `index` and `index + 1`. */
  #join(index: number): void {
    const left = this.own(index);
    const right = this.children[index + 1]!;
    if (left instanceof Leaf) left.absorb(right as Leaf<V>);
    else left.absorb(right as Branch<V>);
    if (left.width > WIDTH_MAX) {
      const half = left.split(left.width >>> 1);
      this.children[index + 1] = half;
      this.separators[index] = half.least();
    } else {
      this.children.splice(index + 1, 1);
      this.separators.splice(index, 1);
    }
  }
}
