import { decode } from "../../actors/schema.ts";
import { openEntry, requestsOf } from "../../protocols/entry.ts";
import { type JournalRecord, journalRecords } from "../../protocols/hermes/journal_records.ts";
import type { JournalReply, JournalRequest } from "../../protocols/journal.ts";
import type { Kept } from "./holdings.ts";
import type { VersionWatch } from "./version_watch.ts";

/** A replica asks its journal for something: shows the watch over its volume what that is. */
export function watchAsked(watch: VersionWatch, node: number, request: JournalRequest): void {
  if (request.type === "snapshot-commit" && request.reset) return watch.holdings.wiped(node);
  if (request.type !== "append") return;
  const kept = keptBy(watch, node, request.entries.flatMap(recordsOf));
  watch.holdings.asked(node, request.ticket, kept);
}

/** The journal answers a replica. */
export function watchAnswered(watch: VersionWatch, node: number, reply: JournalReply): void {
  if (reply.type === "durable") watch.holdings.durable(node, reply.ticket);
  if (reply.type !== "loaded") return;
  watch.holdings.loaded(node, keptBy(watch, node, reply.entries.flatMap(recordsOf)));
}

/** What a replica holds by these records, after those before them. */
function keptBy(watch: VersionWatch, node: number, records: readonly JournalRecord[]): Kept[] {
  let kept: Kept[] = [];
  for (const record of records) {
    switch (record.type) {
      case "held": {
        const { update, isValid } = record.object;
        watch.keeps(node, update);
        if (isValid) watch.takes(node, update.object, update.ts);
        kept.push(update);
        break;
      }
      case "validated":
        watch.takes(node, record.object, record.ts);
        break;
      case "session":
        watch.versions.heard(record.record.clientId);
        break;
      case "wiped":
        watch.holdings.wiped(node);
        kept = [];
        break;
    }
  }
  return kept;
}

function recordsOf(bytes: Uint8Array): readonly JournalRecord[] {
  return requestsOf(openEntry(bytes)).flatMap((request) => decode(journalRecords, request));
}
