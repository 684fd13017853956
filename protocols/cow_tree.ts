/**
 * An ordered map from strings to values: a B+tree that copies a node before it changes one that a
 * frozen version shares. Freezing costs nothing at the time; afterwards the first change below a
 * shared node copies the path to it, and only that path.
 *
 * Keys are ordered as `<` orders them, by their UTF-16 code units.
 *
 * @module
 */
import { Branch, Leaf, lowerBound, type Node, upperBound } from "./cow_node.ts";
import type { KeyRange } from "./key_range.ts";

/** Sees one key and its value; returns whether to go on. */
export type Visitor<V> = (key: string, value: V) => boolean;

/** A tree that can be read. */
export class TreeVersion<V> {
  /** The node above all others. */
  protected root: Node<V>;

  constructor(root: Node<V>) {
    this.root = root;
  }

  /** The number of keys. */
  get size(): number {
    return this.root.count;
  }

  /** The value of a key. */
  get(key: string): V | undefined {
    const leaf = this.leafOf(key);
    const at = lowerBound(leaf.keys, key);
    return leaf.keys[at] === key ? leaf.values[at] : undefined;
  }

  /** The leaf where a key belongs. */
  protected leafOf(key: string): Leaf<V> {
    let node = this.root;
    while (node instanceof Branch) node = node.children[upperBound(node.separators, key)]!;
    return node;
  }

  /** Shows the keys of a range to `visit`, in order, until it returns false. */
  ascend(range: KeyRange, visit: Visitor<V>): void {
    ascend(this.root, range, visit);
  }

  /** Shows the keys of a range to `visit`, last first, until it returns false. */
  descend(range: KeyRange, visit: Visitor<V>): void {
    descend(this.root, range, visit);
  }

  /** The number of keys in a range; takes the time of a few reads, however many there are. */
  count(range: KeyRange): number {
    const until = range.until === undefined ? this.size : rank(this.root, range.until);
    return Math.max(0, until - rank(this.root, range.from));
  }

  /** The leaves, in order. */
  leaves(): Iterable<Leaf<V>> {
    return leavesOf(this.root);
  }
}

/** A tree that can be changed, too. */
export class CowTree<V> extends TreeVersion<V> {
  #epoch = 0;
  /** The leaf where the key belongs that was looked for last, and where in it: who writes has just read. */
  #leaf: Leaf<V> | undefined;
  #index = 0;

  constructor() {
    super(new Leaf<V>(0, [], []));
  }

  override get(key: string): V | undefined {
    const leaf = this.leafOf(key);
    const index = lowerBound(leaf.keys, key);
    this.#leaf = leaf;
    this.#index = index;
    return leaf.keys[index] === key ? leaf.values[index] : undefined;
  }

  /** Stores a value. */
  set(key: string, value: V): void {
    const leaf = this.#leaf;
    if (leaf !== undefined && leaf.epoch === this.#epoch && leaf.keys[this.#index] === key) {
      leaf.values[this.#index] = value;
      return;
    }
    this.#leaf = undefined;
    const root = this.#ownRoot();
    const right = root.set(key, value);
    if (right !== undefined) this.root = new Branch(this.#epoch, [right.least()], [root, right]);
  }

  /** Removes a key; returns whether it was there. */
  delete(key: string): boolean {
    this.#leaf = undefined;
    const root = this.#ownRoot();
    const deleted = root.delete(key);
    if (root instanceof Branch && root.width === 1) this.root = root.children[0]!;
    return deleted;
  }

  /** The tree as it is now, which no later change will touch. */
  freeze(): TreeVersion<V> {
    this.#epoch++;
    return new TreeVersion(this.root);
  }

  #ownRoot(): Node<V> {
    if (this.root.epoch !== this.#epoch) this.root = this.root.copy(this.#epoch);
    return this.root;
  }
}

function ascend<V>(node: Node<V>, range: KeyRange, visit: Visitor<V>): boolean {
  if (node instanceof Branch) {
    const first = upperBound(node.separators, range.from);
    for (let index = first; index < node.width; index++) {
      if (!ascend(node.children[index]!, range, visit)) return false;
    }
    return true;
  }
  const until = range.until;
  for (let index = lowerBound(node.keys, range.from); index < node.width; index++) {
    const key = node.keys[index]!;
    if (until !== undefined && key >= until) return false;
    if (!visit(key, node.values[index]!)) return false;
  }
  return true;
}

function descend<V>(node: Node<V>, range: KeyRange, visit: Visitor<V>): boolean {
  const until = range.until;
  if (node instanceof Branch) {
    const last = until === undefined ? node.width - 1 : upperBound(node.separators, until);
    for (let index = last; index >= 0; index--) {
      if (!descend(node.children[index]!, range, visit)) return false;
    }
    return true;
  }
  const end = until === undefined ? node.width : lowerBound(node.keys, until);
  for (let index = end - 1; index >= 0; index--) {
    const key = node.keys[index]!;
    if (key < range.from) return false;
    if (!visit(key, node.values[index]!)) return false;
  }
  return true;
}

/** The number of keys below `key`. */
function rank<V>(root: Node<V>, key: string): number {
  let below = 0;
  let node = root;
  while (node instanceof Branch) {
    const at = upperBound(node.separators, key);
    for (let index = 0; index < at; index++) below += node.children[index]!.count;
    node = node.children[at]!;
  }
  return below + lowerBound(node.keys, key);
}

function* leavesOf<V>(node: Node<V>): Generator<Leaf<V>> {
  if (node instanceof Leaf) {
    yield node;
    return;
  }
  for (const child of node.children) yield* leavesOf(child);
}
