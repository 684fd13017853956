/**
 * As few of some items as a test still accepts, found by leaving out ever smaller groups of them
 * (delta debugging, after Zeller and Hildebrandt). None of those that are left can be left out alone.
 *
 * @param accepts Whether these items suffice; true of all of them.
 * @param mayGoOn Asked before every test; if it says no, what is left by then is the answer.
 */
export function reduce<T>(
  items: readonly T[],
  accepts: (items: readonly T[]) => boolean,
  mayGoOn: () => boolean,
): readonly T[] {
  let kept = items;
  let length = Math.ceil(items.length / 2);
  while (kept.length > 0) {
    const before = kept.length;
    kept = leaveOutGroups(kept, length, accepts, mayGoOn);
    if (!mayGoOn()) break;
    // The last round is one in which no single item could be left out.
    if (length === 1 && kept.length === before) break;
    length = Math.ceil(length / 2);
  }
  return kept;
}

function leaveOutGroups<T>(
  items: readonly T[],
  length: number,
  accepts: (items: readonly T[]) => boolean,
  mayGoOn: () => boolean,
): readonly T[] {
  let kept = items;
  for (let at = 0; at < kept.length && mayGoOn();) {
    const rest = kept.toSpliced(at, length);
    if (accepts(rest)) kept = rest;
    else at += length;
  }
  return kept;
}
