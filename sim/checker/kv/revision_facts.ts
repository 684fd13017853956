import type { KvOperation, KvScanItem } from "./operations.ts";

/** What is known of a key in some revision of the store. */
interface Sighting extends KvScanItem {
  /** The revision of the store in which it was seen. */
  readonly revision: number | undefined;
}

/**
 * What answers tell of the revisions that nobody was told to have written: who wrote them was never
 * answered. A revision that was seen on a key was written to that key; and a key seen in some revision
 * was not touched since the one that it had then.
 */
export class RevisionFacts {
  /** By revision: the key that it was written to. */
  readonly #keys = new Map<number, string>();
  /** By revision that nobody was told of: keys that it was not written to. */
  readonly #others = new Map<number, Set<string>>();

  constructor(ops: readonly KvOperation[]) {
    const answered = ops.filter(({ outcome }) => outcome === "ok");
    const sightings = answered.flatMap(sightingsOf);
    for (const { key, modRevision = 0, createRevision = 0 } of sightings) {
      if (modRevision > 0) this.#keys.set(modRevision, key);
      if (createRevision > 0) this.#keys.set(createRevision, key);
    }
    const told = new Set(answered.map(({ output }) => output.revision ?? 0));
    // No more revisions than operations can ever have been written.
    const last = told.values().reduce((most, revision) => Math.max(most, revision), 0);
    const untold = Array.from({ length: Math.min(last, ops.length) }, (_, index) => index + 1)
      .filter((revision) => !told.has(revision));
    for (const revision of untold) {
      const isPast = (seen: Sighting) =>
        (seen.modRevision ?? 0) > 0 && seen.modRevision! < revision &&
        revision <= (seen.revision ?? 0);
      this.#others.set(revision, new Set(sightings.filter(isPast).map(({ key }) => key)));
    }
  }

  /** Whether a revision may have been written to a key. */
  allows(revision: number, key: string): boolean {
    return (this.#keys.get(revision) ?? key) === key && !this.#others.get(revision)?.has(key);
  }
}

function sightingsOf(op: KvOperation): Sighting[] {
  const { revision } = op.output;
  if (op.op === "scan") return (op.output.items ?? []).map((item) => ({ ...item, revision }));
  const { modRevision } = op.output;
  const createRevision = "createRevision" in op.output ? op.output.createRevision : undefined;
  return [{
    key: op.key,
    revision,
    ...(modRevision === undefined ? {} : { modRevision }),
    ...(createRevision === undefined ? {} : { createRevision }),
  }];
}
