import { array, bytes, type Infer, u53, union } from "../../actors/schema.ts";
import { replicaSchema } from "./dot.ts";
import { EVENT_BYTES_MAX, knownRequest } from "./messages.ts";
import { repairSchema } from "./repair.ts";

/**
 * What a replica's journal consists of. Its records are taken up in their order, on top of the newest snapshot:
 * a repair fits the clock that it was made for, and no earlier one.
 */
export const journalRecord = union({
  /** An event, of whoever: as it was mailed. */
  event: { bytes: bytes(EVENT_BYTES_MAX) },
  /** What anti-entropy has brought. */
  repair: { repair: repairSchema },
  /** A client's request became an event that anti-entropy has brought. */
  request: { request: knownRequest },
  /** A replica was admitted. */
  member: { replica: replicaSchema },
  /** Nothing more is taken from a replica, for ever. */
  closed: { replica: replicaSchema },
  /**
   * The state of another replica was taken in, and is in the snapshot at this op-number: it is nowhere else in the
   * journal, so one that has lost that snapshot lacks it.
   */
  adopted: { op: u53 },
  /** Everything was forgotten: another life begins. */
  wiped: {},
});

/** Records of one entry, at most. */
const RECORDS_MAX = 1 << 20;

/** The records of an entry. */
export const journalRecords = array(journalRecord, RECORDS_MAX);

/** A record of the journal. */
export type JournalRecord = Infer<typeof journalRecord>;
