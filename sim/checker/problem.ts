import type { Claim } from "./claim.ts";
import type { Model } from "./model.ts";
import type { Operation } from "./operation.ts";
import { TokenTable } from "./token_table.ts";

/**
 * What a search works on: the claims as arrays, by operation from 0, and their calls and returns in
 * the order of time.
 *
 * An event is a number: `op` for its call, `size + op` for its return, and `2 * size` for the end.
 */
export class Problem<State, Op extends Operation> {
  /** What the operations are checked against. */
  readonly model: Model<State, Op>;
  /** The operations. */
  readonly ops: readonly Op[];
  /** How many there are. */
  readonly size: number;
  /** By operation: whether it must take effect. */
  readonly isDue: readonly boolean[];
  /** By operation: whether it may take effect any number of times. */
  readonly isRepeating: readonly boolean[];
  /** By operation: whether it changes no state. */
  readonly isReadOnly: readonly boolean[];
  /** What operations need and give. */
  readonly tokens: TokenTable<State, Op>;
  /** By operation: by when it has taken effect, in nanoseconds; infinite if it need not. */
  readonly deadlines: Float64Array;
  /** The events in the order of time, without those of operations that repeat. */
  readonly events: Int32Array;
  /** By event: where in that order it is. */
  readonly positions: Int32Array;
  /**
   * By operation that must take effect: a bit of a set, no other's while it is under way. By one that
   * may: a bit of another set, no other's ever.
   */
  readonly bits: Int32Array;
  /** How many bits the first of these sets has. */
  readonly dueBits: number;
  /** How many bits the second of these sets has. */
  readonly optionalBits: number;
  /**
   * The operations that repeat, by the token that they need; of those that do the same only the one
   * called first, which may take effect whenever the others may.
   */
  readonly repeating: ReadonlyMap<number, readonly number[]>;
  /** By each of these: all that do the same, itself included, in the order of their calls. */
  readonly alike: ReadonlyMap<number, readonly number[]>;

  /** @param usesTokens Whether to search with what the model knows beforehand. */
  constructor(
    model: Model<State, Op>,
    claims: readonly Claim<Op>[],
    { usesTokens }: { readonly usesTokens: boolean } = { usesTokens: true },
  ) {
    this.model = model;
    this.ops = claims.map(({ op }) => op);
    this.size = claims.length;
    this.isDue = claims.map(({ duty }) => duty === "must");
    this.isRepeating = claims.map(({ duty }) => duty === "repeats");
    this.isReadOnly = this.ops.map((op) => model.isReadOnly?.(op) ?? false);
    this.tokens = new TokenTable(usesTokens ? model.tokens : undefined, claims);
    this.deadlines = Float64Array.from(claims, ({ by }) => by);
    this.alike = this.#groupAlike();
    this.repeating = Map.groupBy(this.alike.keys(), (op) => this.tokens.needs[op]!);
    this.events = this.#sortEvents();
    this.positions = new Int32Array(2 * this.size + 1).fill(this.events.length);
    for (const [position, event] of this.events.entries()) this.positions[event] = position;
    this.bits = new Int32Array(this.size);
    [this.dueBits, this.optionalBits] = this.#assignBits();
  }

  /** Calls before returns of the same nanosecond: these operations are concurrent. */
  #sortEvents(): Int32Array {
    const { size, ops, deadlines } = this;
    const events: number[] = [];
    for (let op = 0; op < size; op++) {
      if (this.isRepeating[op]!) continue;
      events.push(op);
      if (this.isDue[op]!) events.push(size + op);
    }
    const time = (event: number) => event < size ? ops[event]!.call : deadlines[event - size]!;
    return Int32Array.from(events).sort((a, b) => {
      const [timeA, timeB] = [time(a), time(b)];
      // Times may be infinite: their difference would be no number.
      return timeA < timeB ? -1 : timeA > timeB ? 1 : a - b;
    });
  }

  #groupAlike(): ReadonlyMap<number, readonly number[]> {
    const { ops, model, isRepeating } = this;
    const repeating = ops.keys().filter((op) => isRepeating[op]!);
    const byCall = repeating.toArray().sort((a, b) => ops[a]!.call - ops[b]!.call);
    const groups = Map.groupBy(byCall, (op) => model.repeats?.(ops[op]!) ?? op);
    return new Map(groups.values().map((group) => [group[0]!, group]));
  }

  #assignBits(): [number, number] {
    const free: number[] = [];
    let due = 0;
    let optional = 0;
    for (const event of this.events) {
      if (event >= this.size) free.push(this.bits[event - this.size]!);
      else if (this.isDue[event]!) this.bits[event] = free.pop() ?? due++;
      else this.bits[event] = optional++;
    }
    return [due, optional];
  }
}
