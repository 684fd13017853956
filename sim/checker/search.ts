import { Choices, PRIORITY } from "./choices.ts";
import type { Meter } from "./limits.ts";
import { Memo } from "./memo.ts";
import type { Operation } from "./operation.ts";
import type { Problem } from "./problem.ts";
import { Supply } from "./supply.ts";
import { NO_TOKEN } from "./token_table.ts";
import { WaitingList } from "./waiting_list.ts";

/** How far a search is: an order was found, there is none, or it needs more steps. */
export type SearchStatus = "found" | "none" | "unfinished";

/** How far the best of the orders came that were tried. */
export interface Deepest<State> {
  /** The operations that took effect, in that order. */
  readonly order: readonly number[];
  /** The state after them. */
  readonly state: State;
  /** The operation that had to take effect by now, and could not. */
  readonly blocked: number;
}

/** A place of the search: after some operations took effect, and before the next. */
interface Frame<State> {
  readonly state: State;
  readonly token: number;
  /** Where the first return is of an operation that has not taken effect. */
  readonly position: number;
  /** How many operations had taken effect before this place was entered. */
  readonly liftedBefore: number;
  /** The set of operations that had taken effect and not returned, before this place was entered. */
  readonly dueBefore: Uint32Array;
  /** Where its choices begin, and the next to be tried, in the list of all choices. */
  readonly firstChoice: number;
  choice: number;
}

/**
 * The search for an order of all operations in which each could take effect with its output: Wing and
 * Gong's, with Lowe's improvements.
 *
 * Operations take effect just in time: the next one is always chosen among those called before the
 * first return of one that has not taken effect. Those that change no state take effect as soon as
 * they can: that is never worse. Where the search has been, by the set of operations that took effect
 * and the state, it does not go again. It keeps its own stack, and can be interrupted.
 */
export class Search<State, Op extends Operation> {
  /** How far the best order came; kept only if asked for. */
  deepest: Deepest<State> | null = null;
  readonly #problem: Problem<State, Op>;
  readonly #meter: Meter;
  readonly #keepsDeepest: boolean;
  readonly #waiting: WaitingList;
  readonly #memo: Memo<State>;
  readonly #supply: Supply;
  /** The operations that took effect, in order; those that repeat may be there several times. */
  readonly #lifted: number[] = [];
  /** By each repetition among them: by when what took effect must have been called. */
  readonly #latest: number[] = [];
  readonly #frames: Frame<State>[] = [];
  readonly #choices = new Choices();
  readonly #due: Uint32Array;
  readonly #used: Uint32Array;
  #status: SearchStatus = "unfinished";
  #deepestPosition = -1;

  constructor(
    problem: Problem<State, Op>,
    { meter, keepsDeepest = false }: { readonly meter: Meter; readonly keepsDeepest?: boolean },
  ) {
    this.#problem = problem;
    this.#meter = meter;
    this.#keepsDeepest = keepsDeepest;
    this.#waiting = new WaitingList(problem);
    const { model } = problem;
    const bytesOf = (state: State) => model.bytesOf?.(state) ?? 64;
    this.#memo = new Memo({ key: (state) => model.key(state), bytesOf, meter });
    this.#supply = new Supply(problem);
    this.#due = new Uint32Array(Math.ceil(problem.dueBits / 32));
    this.#used = new Uint32Array(Math.ceil(problem.optionalBits / 32));
  }

  /** Goes on, until there is an answer, so many steps are done or a limit of the meter is reached. */
  run(steps = Infinity): SearchStatus {
    const end = this.#meter.steps + steps;
    if (this.#status === "unfinished" && this.#frames.length === 0) this.#begin();
    while (this.#status === "unfinished") {
      if (this.#meter.exhausted !== null || this.#meter.steps >= end) break;
      this.#advance();
    }
    if (this.#status !== "unfinished") this.forget();
    return this.#status;
  }

  /** Frees what is remembered of where the search has been. */
  forget(): void {
    this.#memo.clear();
  }

  /**
   * The order that was found, in which each operation takes effect once; `null` if there are not enough
   * alike for all the times that one that repeats did.
   */
  order(): readonly Op[] | null {
    const { ops, alike } = this.#problem;
    const order: Op[] = [];
    const uses = new Map<number, number>();
    let repeated = 0;
    for (const op of this.#lifted) {
      if (!this.#isRepeating(op)) {
        order.push(ops[op]!);
        continue;
      }
      const use = uses.get(op) ?? 0;
      uses.set(op, use + 1);
      const other = alike.get(op)![use];
      if (other === undefined || ops[other]!.call > this.#latest[repeated++]!) return null;
      order.push(ops[other]!);
    }
    return order;
  }

  #begin(): void {
    const { model, tokens } = this.#problem;
    const token = tokens.of(model.initial);
    if (this.#supply.isHopeless(token) && !this.#keepsDeepest) this.#status = "none";
    else this.#enter(-1, model.initial, token);
  }

  /** Tries the next choice of the present place, or leaves it. */
  #advance(): void {
    const frame = this.#frames.at(-1)!;
    if (frame.choice === this.#choices.end) {
      this.#leave();
      if (this.#frames.length === 0) this.#status = "none";
      return;
    }
    const op = this.#choices.at(frame.choice++);
    this.#meter.step();
    const { model, ops, tokens } = this.#problem;
    const state = model.step(frame.state, ops[op]!);
    if (state === undefined) return;
    const token = tokens.of(state);
    if (!this.#supply.forbids(op, frame.token, token)) this.#enter(op, state, token);
  }

  /** Has an operation take effect, and with it all that change no state and can. */
  #enter(op: number, state: State, token: number): void {
    const liftedBefore = this.#lifted.length;
    const dueBefore = this.#due.slice();
    const from = this.#frames.at(-1)?.position ?? 0;
    if (op >= 0) this.#lift(op);
    const first = this.#absorb(state, token);
    const position = this.#problem.positions[first]!;
    this.#moveWindow(from, position, liftedBefore);
    const firstChoice = this.#choices.end;
    this.#frames.push({
      state,
      token,
      position,
      liftedBefore,
      dueBefore,
      firstChoice,
      choice: firstChoice,
    });
    if (first === this.#waiting.end) this.#status = "found";
    else if (this.#memo.visit(this.#dueName(position), state, this.#used)) this.#leave();
    else {
      if (this.#keepsDeepest) this.#noteDepth(first);
      this.#collectChoices(first, token);
    }
  }

  #leave(): void {
    const frame = this.#frames.pop()!;
    const { isDue, bits } = this.#problem;
    while (this.#lifted.length > frame.liftedBefore) {
      const op = this.#lifted.pop()!;
      if (this.#isRepeating(op)) {
        this.#latest.pop();
        continue;
      }
      this.#waiting.putBack(op, isDue[op]!);
      this.#supply.giveBack(op);
      if (!isDue[op]!) clearBit(this.#used, bits[op]!);
    }
    this.#due.set(frame.dueBefore);
    this.#choices.dropFrom(frame.firstChoice);
  }

  #lift(op: number): void {
    this.#lifted.push(op);
    const { isDue, bits, deadlines, size } = this.#problem;
    if (this.#isRepeating(op)) {
      const first = this.#problem.events[this.#frames.at(-1)!.position]!;
      this.#latest.push(deadlines[first - size]!);
      return;
    }
    this.#waiting.lift(op, isDue[op]!);
    this.#supply.take(op);
    if (!isDue[op]!) setBit(this.#used, bits[op]!);
  }

  #isRepeating(op: number): boolean {
    return this.#problem.isRepeating[op]!;
  }

  /** Returns the first return of an operation that has not taken effect then, or the end. */
  #absorb(state: State, token: number): number {
    const { size, isReadOnly, isDue, tokens, model, ops } = this.#problem;
    let before = this.#waiting.end;
    for (;;) {
      const event = this.#waiting.after(before);
      if (event >= size) return event;
      const needs = tokens.needs[event]!;
      before = event;
      if (!isReadOnly[event]! || !isDue[event]! || needs !== NO_TOKEN && needs !== token) continue;
      this.#meter.step();
      if (model.step(state, ops[event]!) === undefined) continue;
      before = this.#waiting.before(event);
      this.#lift(event);
    }
  }

  /** Keeps the set to those that took effect and have yet to return. */
  #moveWindow(from: number, to: number, liftedBefore: number): void {
    const { events, size, bits, isDue, positions } = this.#problem;
    for (let position = from; position < to; position++) {
      const event = events[position]!;
      if (event >= size) clearBit(this.#due, bits[event - size]!);
    }
    for (let index = liftedBefore; index < this.#lifted.length; index++) {
      const op = this.#lifted[index]!;
      if (isDue[op]! && positions[size + op]! > to) setBit(this.#due, bits[op]!);
    }
  }

  /** All that returned before `position` has taken effect: the rest of the set is in the window. */
  #dueName(position: number): string | number {
    const isShort = this.#due.length <= 1 && position < 2 ** 21;
    return isShort ? position * 2 ** 32 + (this.#due[0] ?? 0) : `${position} ${this.#due.join()}`;
  }

  /** @param first The return before which the next operation must take effect. */
  #collectChoices(first: number, token: number): void {
    const { size, isReadOnly, isDue, tokens, deadlines, repeating, ops } = this.#problem;
    const blocked = first - size;
    const wanted = tokens.needs[blocked] === token ? NO_TOKEN : tokens.needs[blocked]!;
    if (wanted !== NO_TOKEN && !this.#supply.canCome(wanted)) return;
    const isWanted = (op: number) => wanted !== NO_TOKEN && tokens.gives[op] === wanted;
    let event = this.#waiting.after(this.#waiting.end);
    for (; event !== first; event = this.#waiting.after(event)) {
      const needs = tokens.needs[event]!;
      if (isReadOnly[event]! || needs !== NO_TOKEN && needs !== token) continue;
      const usual = isDue[event]! ? deadlines[event]! : PRIORITY.OPTIONAL;
      const urgent = isWanted(event) ? PRIORITY.WANTED : usual;
      this.#choices.add(event, event === blocked ? PRIORITY.BLOCKED : urgent);
    }
    for (const needs of token === NO_TOKEN ? [NO_TOKEN] : [NO_TOKEN, token]) {
      for (const op of repeating.get(needs) ?? []) {
        if (ops[op]!.call > deadlines[blocked]!) continue;
        this.#choices.add(op, isWanted(op) ? PRIORITY.WANTED : PRIORITY.REPEATING);
      }
    }
    this.#choices.close();
  }

  #noteDepth(first: number): void {
    const { position, state } = this.#frames.at(-1)!;
    if (position <= this.#deepestPosition) return;
    this.#deepestPosition = position;
    this.deepest = { order: [...this.#lifted], state, blocked: first - this.#problem.size };
  }
}

function setBit(set: Uint32Array, bit: number): void {
  set[bit >>> 5]! |= 1 << (bit & 31);
}

function clearBit(set: Uint32Array, bit: number): void {
  set[bit >>> 5]! &= ~(1 << (bit & 31));
}
