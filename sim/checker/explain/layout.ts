import type { Operation } from "../operation.ts";
import type { Explanation, ShownOperation } from "./explanation.ts";

/** An operation as a bar of a drawing. */
export interface Bar<Op extends Operation> extends ShownOperation<Op> {
  /** The row, from 0. */
  readonly row: number;
  /** Where it begins and ends, in columns from 0. */
  readonly from: number;
  readonly to: number;
  /** Whether it may take effect ever after: it has no end. */
  readonly isOpen: boolean;
  /** Whether it is the one that cannot be placed. */
  readonly isCulprit: boolean;
}

/** A moment at which something began or ended. */
export interface Tick {
  /** In nanoseconds since the first call that is drawn. */
  readonly time: number;
  readonly column: number;
}

/** What is drawn, and where. */
export interface Layout<Op extends Operation> {
  readonly bars: readonly Bar<Op>[];
  /** By row: the client, whose operations may take several rows. */
  readonly clients: readonly number[];
  /** In the order of time. */
  readonly ticks: readonly Tick[];
  /** How many columns there are. */
  readonly width: number;
  /** How many operations of the explanation are not drawn, for there are too many. */
  readonly undrawn: number;
}

/** How wide things are, in columns. */
export interface Measures {
  /** What a bar takes besides its text. */
  readonly padding: number;
  /** The least between two moments. */
  readonly gap: number;
  /** The most operations. */
  readonly operationsMax: number;
}

/**
 * Where everything goes: the order of calls and returns is that of time, but the distances are not;
 * they leave room for what is written on the bars.
 */
export function layOut<Op extends Operation>(
  { shown, culprit }: Explanation<Op>,
  measures: Measures,
): Layout<Op> {
  const drawn = nearest(shown, culprit, measures.operationsMax);
  const columns = new Map<number, number>();
  const times = drawn.flatMap(({ op }) => isOpen(op) ? [op.call] : [op.call, op.return!]);
  const sorted = [...new Set(times)].sort((a, b) => a - b);
  const room = ({ text }: ShownOperation<Op>) => text.length + measures.padding;
  let column = 0;
  for (const time of sorted) {
    for (const each of drawn) {
      if (isOpen(each.op) || each.op.return !== time || each.op.call === time) continue;
      column = Math.max(column, columns.get(each.op.call)! + room(each));
    }
    columns.set(time, column);
    const isInstant = ({ op }: ShownOperation<Op>) => op.call === time && op.return === time;
    const instants = drawn.filter(isInstant).map(room);
    column += Math.max(measures.gap, ...instants);
  }
  const from = ({ op }: ShownOperation<Op>) => columns.get(op.call)!;
  // One that came and went at one moment has to be drawn all the same.
  const least = (each: ShownOperation<Op>) => from(each) + room(each);
  const width = Math.max(...drawn.map(least), column);
  const { rows, clients } = assignRows(drawn);
  const bars = drawn.map((each) => ({
    ...each,
    row: rows.get(each.op)!,
    from: from(each),
    to: isOpen(each.op) ? width : Math.max(columns.get(each.op.return!)!, least(each)),
    isOpen: isOpen(each.op),
    isCulprit: each.op === culprit,
  }));
  const ticks = sorted.map((time) => ({ time: time - sorted[0]!, column: columns.get(time)! }));
  return { bars, clients, ticks, width, undrawn: shown.length - drawn.length };
}

/** Whether nobody knows when it ended. */
function isOpen({ outcome, return: end }: Operation): boolean {
  return outcome === "unknown" || end === null;
}

/** The operations that were called last before the culprit returned; what came later matters less. */
function nearest<Op extends Operation>(
  shown: readonly ShownOperation<Op>[],
  culprit: Op,
  count: number,
): readonly ShownOperation<Op>[] {
  if (shown.length <= count) return shown;
  const at = shown.findIndex(({ op }) => op === culprit);
  const end = Math.min(shown.length, Math.max(count, at + 1));
  return shown.slice(end - count, end);
}

/** The rows of each client, in the order of their numbers; bars that overlap go on rows of their own. */
function assignRows<Op extends Operation>(shown: readonly ShownOperation<Op>[]): {
  readonly rows: ReadonlyMap<Op, number>;
  readonly clients: readonly number[];
} {
  const rows = new Map<Op, number>();
  const clients: number[] = [];
  const byClient = Map.groupBy(shown, ({ op }) => op.client);
  for (const [client, own] of [...byClient].sort(([a], [b]) => a - b)) {
    const ends: number[] = [];
    for (const { op } of own) {
      const free = ends.findIndex((end) => end < op.call);
      const lane = free < 0 ? ends.length : free;
      ends[lane] = isOpen(op) ? Infinity : op.return!;
      rows.set(op, clients.length + lane);
    }
    clients.push(...ends.map(() => client));
  }
  return { rows, clients };
}
