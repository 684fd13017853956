import { array, type Infer, u53, union } from "../../actors/schema.ts";
import { heldObject, heldSession, objectName, sessionRecord } from "./messages.ts";
import { timestamp } from "./timestamp.ts";

/**
 * What a replica's journal consists of. To take up its records again does no harm, whatever of them a snapshot
 * has already: of an object and of a session the newest counts.
 */
export const journalRecord = union({
  /** An update was adopted, or copied; its request is remembered. */
  held: { object: heldObject },
  /** A request is remembered, of which the object has a later update. */
  session: { record: sessionRecord },
  /** What is held of an object is committed. Never worth a sync of its own: it can be found out again. */
  validated: { object: objectName, ts: timestamp },
  /** The session of the client of this id, and maybe of lower ones, is forgotten everywhere. */
  evicted: { clientId: u53 },
  /** Everything was forgotten, to be copied anew. */
  wiped: {},
  /** The session of this client was evicted. */
  forgotten: { clientId: u53 },
  /** What is known of a client was copied. */
  copied: { session: heldSession },
});

/** Records of one entry, at most. */
const RECORDS_MAX = 1 << 20;

/** The records of an entry. */
export const journalRecords = array(journalRecord, RECORDS_MAX);

/** A record of the journal. */
export type JournalRecord = Infer<typeof journalRecord>;
