import type { ScannedLog } from "./log_scan.ts";

/** A log whose entries are all known to be there, but not all of which can be read. */
export interface LogRemnant {
  /** The op-number of the first; those before it are as in the log up to the damage. */
  readonly first: number;
  /** The entries, consecutive, `undefined` for those that cannot be read. The last one can be. */
  readonly entries: readonly (Uint8Array | undefined)[];
}

/** Stands for an entry whose content cannot be read. */
export const UNREADABLE = new Uint8Array();

/** What was read to the end, from where on it differs from what was read up to the damage. */
export function remnantOf(
  upToDamage: ScannedLog,
  whole: ScannedLog,
): LogRemnant | undefined {
  const { first, entries } = upToDamage;
  if (whole.damage !== undefined || whole.first > first) return undefined;
  if (whole.entries.at(-1) === UNREADABLE) return undefined;
  // Of entries from before a snapshot nothing is needed.
  const all = whole.entries.slice(first - whole.first);
  const same = all.findIndex((entry, at) =>
    entry === UNREADABLE || entries[at] === undefined || !isSame(entry, entries[at])
  );
  if (same < 0) return undefined;
  const rest = all.slice(same).map((entry) => entry === UNREADABLE ? undefined : entry);
  return { first: first + same, entries: rest };
}

function isSame(a: Uint8Array, b: Uint8Array): boolean {
  return a.length === b.length && a.every((byte, at) => byte === b[at]);
}
