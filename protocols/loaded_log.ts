import { decode } from "../actors/schema.ts";
import { openEntry } from "./entry.ts";
import type { LogLoaded } from "./journal.ts";
import { Log } from "./log.ts";
import { snapshotBase } from "./log_wire.ts";

/** The log after the newest snapshot of a journal, and what is retained from before it. */
export function openLog({ snapshot, first: loadedFirst, entries: bytes }: LogLoaded): Log {
  const entries = bytes.map(openEntry);
  const first = entries[0];
  let log = new Log();
  if (snapshot !== undefined) {
    const { op } = snapshot;
    const { checksum, time } = decode(snapshotBase, snapshot.base);
    const isContinued = first !== undefined && first.opNumber <= op + 1 &&
      loadedFirst + entries.length > op;
    if (!isContinued) return new Log({ opNumber: op, checksum, time });
    // Entries from before the snapshot make the base one that we know the checksum of, too.
    log = first.opNumber <= op
      ? new Log({ opNumber: first.opNumber - 1, checksum: first.parent, time: 0 })
      : new Log({ opNumber: op, checksum, time });
  }
  for (const entry of entries) log.append(entry);
  return log;
}
