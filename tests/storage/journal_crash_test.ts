/**
 * Random requests, a loss of power at a random disk operation, and then: is everything still there
 * that was acknowledged, and nothing that was never asked for?
 */
import { assert, assertEquals } from "@std/assert";
import type { LogLoaded } from "../../protocols/journal.ts";
import { bytes, JournalWorld, randomFrom, text } from "./support.ts";

/** What must be on disk after some request. */
interface State {
  readonly record: string | undefined;
  readonly snapshot: { readonly op: number; readonly content: string } | undefined;
  /** The entries by op-number, those that a snapshot has replaced included. */
  readonly log: ReadonlyMap<number, string>;
  readonly last: number;
}

const NOTHING: State = { record: undefined, snapshot: undefined, log: new Map(), last: 0 };

function withEntry(state: State, op: number, entry: string): State {
  const log = new Map([...state.log].filter(([number]) => number < op));
  log.set(op, entry);
  return { ...state, log, last: op };
}

function truncated(state: State, last: number): State {
  const log = new Map([...state.log].filter(([number]) => number <= last));
  return { ...state, log, last };
}

/** Makes requests, and remembers every state that the disk may go through. */
class Script {
  readonly #world: JournalWorld;
  readonly #random: () => number;
  states: State[];
  /** For every ticket, the position of the state that it makes durable. */
  readonly #marks = new Map<number, number>();
  #count = 0;

  constructor(world: JournalWorld, random: () => number, from: State) {
    this.#world = world;
    this.#random = random;
    this.states = [from];
  }

  get #state(): State {
    return this.states.at(-1)!;
  }

  #below(limit: number): number {
    return Math.floor(this.#random() * limit);
  }

  request(): void {
    const kind = this.#random();
    if (kind < 0.6) this.#append();
    else if (kind < 0.7) this.#truncate();
    else if (kind < 0.85) this.#record();
    else this.#snapshot();
  }

  /** The position of the last state that was acknowledged. */
  get acknowledged(): number {
    return Math.max(0, ...this.#world.durable.map((ticket) => this.#marks.get(ticket) ?? 0));
  }

  #append(): void {
    const { last, snapshot } = this.#state;
    const floor = snapshot?.op ?? 0;
    const first = Math.max(floor + 1, last + 1 - (this.#random() < 0.2 ? this.#below(4) : 0));
    const entries: string[] = [];
    for (let count = 1 + this.#below(3); count > 0; count--) {
      const entry = `${++this.#count}:${"x".repeat(this.#below(700))}`;
      this.states.push(withEntry(this.#state, first + entries.length, entry));
      entries.push(entry);
    }
    this.#mark(this.#world.append(first, ...entries));
  }

  #truncate(): void {
    const { last, snapshot } = this.#state;
    const kept = Math.max(snapshot?.op ?? 0, last - this.#below(4));
    this.states.push(truncated(this.#state, kept));
    this.#mark(this.#world.truncate(kept));
  }

  #record(): void {
    const record = `record ${++this.#count}`;
    this.states.push({ ...this.#state, record });
    this.#mark(this.#world.record(record));
  }

  #snapshot(): void {
    const { last, snapshot } = this.#state;
    const floor = snapshot?.op ?? 0;
    const reset = this.#random() < 0.3;
    const op = reset ? last + this.#below(5) : floor + this.#below(last - floor + 1);
    if (op <= floor) return;
    const content = `state ${++this.#count}:${"y".repeat(this.#below(3_000))}`;
    const state = { ...this.#state, snapshot: { op, content } };
    this.states.push(reset ? { ...state, log: new Map(), last: op } : state);
    this.#mark(this.#world.snapshot(op, content, { retain: this.#below(5), reset }));
  }

  #mark(ticket: number): void {
    this.#marks.set(ticket, this.states.length - 1);
  }
}

/** Whether what was loaded is this state. What lies before the snapshot may be there or not. */
function isState(loaded: LogLoaded, state: State): boolean {
  const floor = state.snapshot?.op ?? 0;
  const last = loaded.first + loaded.entries.length - 1;
  return (loaded.record && text(loaded.record)) === state.record &&
    (loaded.snapshot?.op ?? 0) === floor &&
    (loaded.snapshot?.bytes ?? 0) === (state.snapshot?.content.length ?? 0) &&
    last === state.last && loaded.first <= floor + 1 &&
    loaded.entries.every((entry, index) => text(entry) === state.log.get(loaded.first + index));
}

function readSnapshot(world: JournalWorld, op: number): string {
  world.replies = [];
  world.read(op, 0, 10_000);
  world.settle();
  const [piece] = world.replies;
  return piece?.type === "snapshot-piece" ? text(piece.bytes) : "(none)";
}

/** Requests up to a crash of the process or of the power; returns what may be on the disk now. */
function untilCrash(
  world: JournalWorld,
  random: () => number,
  from: State,
  crash: () => void,
): { readonly states: readonly State[]; readonly acknowledged: number } {
  const script = new Script(world, random, from);
  if (random() < 0.8) world.disk.stopAfter(Math.floor(random() * 60));
  for (let count = Math.floor(random() * 25); count >= 0; count--) {
    script.request();
    if (random() < 0.5) world.settle();
  }
  world.settle();
  const { states, acknowledged } = script;
  crash();
  return { states, acknowledged };
}

function runRound(world: JournalWorld, random: () => number, from: State): State {
  const { states, acknowledged } = untilCrash(world, random, from, () => {
    if (random() >= 0.2) {
      const isLost = random() < 0.3;
      return world.crash(isLost ? undefined : random, { scatter: random() < 0.5 });
    }
    world.disk.kill();
    world.boot();
  });
  const loaded = world.load();
  assertEquals(loaded.damage, undefined);
  const found = states.findLastIndex((state) => isState(loaded, state));
  assert(
    found >= acknowledged,
    `state ${found} of ${states.length - 1}, though ${acknowledged} was acknowledged`,
  );
  const state = states[found]!;
  if (state.snapshot) {
    assertEquals(readSnapshot(world, state.snapshot.op), state.snapshot.content);
  }
  return state;
}

for (const preallocateBytes of [0, 2_048]) {
  const how = preallocateBytes === 0 ? "plain" : "preallocated";
  Deno.test(`journal() loses nothing acknowledged at any crash, segments ${how}`, () => {
    for (let seed = 1; seed <= 150; seed++) {
      const random = randomFrom(seed);
      const world = new JournalWorld({ segmentBytes: 2_500, preallocateBytes });
      let state = NOTHING;
      for (let round = 0; round < 8; round++) {
        try {
          state = runRound(world, random, state);
        } catch (error) {
          throw new Error(`seed ${seed}, round ${round}: ${(error as Error).message}`);
        }
      }
    }
  });
}

/** The log with its gaps filled, as the replica may fill them; `undefined` if it must not. */
function filled(loaded: LogLoaded, state: State): LogLoaded | undefined {
  const { damage, remnant, ...rest } = loaded;
  if (damage === undefined) return loaded;
  if (remnant === undefined) return undefined;
  const { first } = remnant;
  const lost = remnant.entries.map((entry, at) => entry ?? bytes(state.log.get(first + at) ?? ""));
  return { ...rest, entries: [...loaded.entries.slice(0, first - loaded.first), ...lost] };
}

/** Where the log lies, a bit is wrong. */
function rot(world: JournalWorld, random: () => number): void {
  const names = world.disk.files.filter((name) => /^log-.*\d$/.test(name));
  const name = names[Math.floor(random() * names.length)];
  if (name === undefined) return;
  const contents = world.disk.contents(name)!;
  contents[Math.floor(random() * contents.length)]! ^= 1 << Math.floor(random() * 8);
  world.disk.plant(name, contents);
}

const HARMS: Record<string, (world: JournalWorld, random: () => number) => void> = {
  "sectors that were being written hold garbage": (world, random) =>
    world.crash(random, { scatter: random() < 0.5, garbled: random() }),
  "a bit is wrong": (world, random) => {
    world.crash(random);
    rot(world, random);
    world.crash();
  },
};

for (const [what, harm] of Object.entries(HARMS)) {
  Deno.test(`journal() never says that all is there when something acknowledged is not: ${what}`, () => {
    const found = { whole: 0, damaged: 0 };
    for (let seed = 1; seed <= 600; seed++) {
      const random = randomFrom(seed);
      const world = new JournalWorld({ segmentBytes: 2_500, preallocateBytes: seed % 2 * 2_048 });
      let state = NOTHING;
      for (let round = 0; round < 4; round++) {
        const { states, acknowledged } = untilCrash(
          world,
          random,
          state,
          () => harm(world, random),
        );
        const loaded = world.load();
        if (loaded.damage === undefined) found.whole++;
        else found.damaged++;
        if (loaded.damage !== undefined && loaded.remnant === undefined) break;
        const at = states.findLastIndex((each) => isState(filled(loaded, each)!, each));
        assert(at >= acknowledged, `seed ${seed}: state ${at}, acknowledged ${acknowledged}`);
        if (loaded.damage !== undefined) break;
        state = states[at]!;
      }
    }
    // What does no harm proves nothing.
    assert(found.whole > 100 && found.damaged > 20, JSON.stringify(found));
  });
}
