/**
 * The rare branches that there are in the code: what asks `context.maybe(label)`. A test compares the
 * list with the sources.
 */
export const RARE_SITES: readonly string[] = [
  "client-table/decline-snapshot",
  "client-table/full",
  "client-table/no-primary",
  "client-table/order-again",
  "detector/suspect-early",
  "journal/batch-of-one",
  "replica/abdicate",
  "replica/acknowledge-later",
  "replica/batch-of-one",
  "replica/compact-all",
  "replica/confirm-anyway",
  "replica/confirm-later",
  "replica/decline-piece",
  "replica/decline-state",
  "replica/execute-one",
  "replica/expect-few",
  "replica/impatient",
  "replica/install-from-another",
  "replica/offer-checkpoint",
  "replica/refuse-read",
  "replica/seal-later",
  "replica/short-state",
  "replica/skip-heartbeat",
  "replica/small-piece",
  "replica/snapshot-now",
  "replica/spread-later",
  "snapshot-reader/small-piece",
  "snapshot-writer/small-piece",
];
