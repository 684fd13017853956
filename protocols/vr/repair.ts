/**
 * Repair of single entries (erratum E19). If it is certain where the log ends and all that is lost is the
 * content of some entries, the entry after each says which one it was: by its checksum it can be had
 * from any replica that holds it, whatever view that is in. Then the log is what it was, with every
 * promise that depends on it, and the replica goes on as after any restart; a view change, say, that
 * cannot end without its log.
 *
 * @module
 */
import type { LogLoaded } from "../journal.ts";
import { type Entry, equalChecksums, openEntry } from "../entry.ts";
import type { Log } from "../log.ts";
import type { VrMessageOf } from "./messages.ts";
import { resume } from "./recovery.ts";
import type { Replica } from "./replica.ts";

/** What is left of a log with gaps: consecutive entries from op-number `first` on. */
interface Remnant {
  readonly first: number;
  readonly entries: (Entry | undefined)[];
}

/** What repair remembers. */
export class RepairState {
  /** The end of our log, if it has gaps that may be filled. */
  remnant: Remnant | undefined;
}

/** Entries asked for at once. */
const ASKED_MAX = 64;

/**
 * Takes what the journal could read behind the damage. Says whether that is all: what cannot be read
 * may be what a snapshot stands for, or what was replaced later.
 */
export function takeRemnant(replica: Replica, remnant: LogLoaded["remnant"]): boolean {
  if (remnant === undefined) return false;
  const { first, entries } = remnant;
  const opened = entries.map((bytes) => bytes && openEntry(bytes));
  replica.repair.remnant = { first, entries: opened };
  return finishIfWhole(replica);
}

/** Asks everyone for the entries that are lost, as far as it is known which they are. */
export function askForEntries(replica: Replica): void {
  const { repair: { remnant }, index } = replica;
  if (remnant === undefined) return;
  let asked = 0;
  for (const [at, entry] of remnant.entries.entries()) {
    const next = remnant.entries[at + 1];
    if (entry !== undefined || next === undefined) continue;
    const opNumber = remnant.first + at;
    replica.broadcast({ type: "getEntry", opNumber, checksum: next.parent, replica: index });
    if (++asked === ASKED_MAX) return;
  }
}

/** Someone has lost an entry. Whoever holds just that one may give it away, whatever else it knows. */
export function onGetEntry(replica: Replica, message: VrMessageOf<"getEntry">): void {
  const { opNumber, checksum } = message;
  const entry = replica.log.get(opNumber) ?? ownRemnant(replica, opNumber);
  if (entry === undefined || !equalChecksums(entry.checksum, checksum)) return;
  replica.send(message.replica, { type: "gotEntry", entry, replica: replica.index });
}

function ownRemnant({ repair: { remnant } }: Replica, opNumber: number): Entry | undefined {
  return remnant?.entries[opNumber - remnant.first];
}

/** An entry that we have lost. */
export function onGotEntry(replica: Replica, { entry }: VrMessageOf<"gotEntry">): void {
  const { repair: { remnant }, transfer, recovery } = replica;
  // Once the log of the present view is on its way, our own is of no use any more.
  if (remnant === undefined || transfer !== undefined || recovery.reason !== "damaged") return;
  const at = entry.opNumber - remnant.first;
  const next = remnant.entries[at + 1];
  if (at < 0 || remnant.entries[at] !== undefined || next === undefined) return;
  if (!equalChecksums(next.parent, entry.checksum)) return;
  remnant.entries[at] = entry;
  if (finishIfWhole(replica)) return;
  const isNextKnown = at > 0 && remnant.entries[at - 1] === undefined;
  if (isNextKnown) askForEntries(replica);
}

/** Once every gap is filled the log is whole, on the disk as well before anyone hears of it. */
function finishIfWhole(replica: Replica): boolean {
  const { log, repair, recovery, durability, context } = replica;
  const { first, entries: found } = repair.remnant!;
  const entries = found.filter((each) => each !== undefined);
  if (entries.length < found.length) return false;
  repair.remnant = undefined;
  // What is known to be committed was fetched meanwhile, in part, and is not replaced.
  if (first <= replica.commitNumber || !isChain(log, first, entries)) {
    context.log("warn", "the log does not fit together: recovering from the peers");
    return false;
  }
  recovery.reason = null;
  recovery.responses.clear();
  context.cancelTimer("recover-again");
  // What was readable up to the damage may have been replaced behind it, by a shorter log even.
  log.truncate(first - 1);
  for (const entry of entries) log.append(entry);
  if (entries.length > 0) durability.replace(entries);
  else durability.truncate(log.opNumber);
  context.log("info", `repaired the log, up to op-number ${log.opNumber}`);
  // We may have been about to fetch the log of the present view instead.
  replica.identity = { ...replica.identity, recovering: false };
  replica.persistView(() => resume(replica));
  return true;
}

function isChain(log: Log, first: number, entries: readonly Entry[]): boolean {
  let last = log.checksumAt(first - 1);
  return entries.every(({ opNumber, parent, checksum }, at) => {
    const follows = last !== undefined && opNumber === first + at && equalChecksums(parent, last);
    last = checksum;
    return follows;
  });
}
