import type { ScannedLog } from "./log_scan.ts";

/** A log whose entries are all known to be there, but not all of which can be read. */
export interface LogRemnant {
  /** The op-number of the first; those before it are as in the log up to the damage. */
  readonly first: number;
  /**
   * The entries, consecutive, `undefined` for those that cannot be read. The last one can be. None, if
   * nothing counts that is not in the log up to the damage, or in the snapshot.
   */
  readonly entries: readonly (Uint8Array | undefined)[];
}

/** Stands for an entry whose content cannot be read. */
export const UNREADABLE = new Uint8Array();

/**
 * What was read to the end, from where on it differs from what was read up to the damage.
 *
 * A log that is read to its end lacks nothing but the content of entries whose numbers are known: where
 * a header is lost, or a write has gone astray, it is not read to its end. So what of it a snapshot
 * stands for, or what was replaced later, may be unreadable: no promise depends on that.
 */
export function remnantOf(
  upToDamage: ScannedLog,
  whole: ScannedLog,
): LogRemnant | undefined {
  const { first, entries } = upToDamage;
  if (whole.damage !== undefined || whole.first > first) return undefined;
  // Of entries from before a snapshot nothing is needed.
  const all = whole.entries.slice(first - whole.first);
  // Nothing says which entry that was.
  if (all.at(-1) === UNREADABLE) return undefined;
  const differing = all.findIndex((entry, at) =>
    entry === UNREADABLE || entries[at] === undefined || !isSame(entry, entries[at])
  );
  const same = differing < 0 ? all.length : differing;
  const rest = all.slice(same).map((entry) => entry === UNREADABLE ? undefined : entry);
  return { first: first + same, entries: rest };
}

function isSame(a: Uint8Array, b: Uint8Array): boolean {
  return a.length === b.length && a.every((byte, at) => byte === b[at]);
}
