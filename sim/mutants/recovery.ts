/**
 * Bugs of restarts, recovery, formation and state transfer (VRR 4.3, 5.2; errata E1 to E4, E9 to E11, E14, E20).
 *
 * @module
 */
import { byTest, inFile, type Mutant, SWARM } from "./mutant.ts";

const RECOVERY = "protocols/vr/recovery.ts";
const TRANSFER = "protocols/vr/transfer.ts";
const STATE_TRANSFER = "protocols/vr/state_transfer.ts";

export const RECOVERY_MUTANTS: readonly Mutant[] = [
  {
    name: "view-forgotten-at-restart",
    undoes: "E1: a restart resumes from the promised view",
    edits: inFile(RECOVERY, [
      "    Object.assign(replica, { view, lastNormalView, identity, durableView: view });",
      "    const last = lastNormalView;\n" +
      "    Object.assign(replica, { view: last, lastNormalView, identity, durableView: view });",
    ]),
    exposure: SWARM,
  },
  {
    name: "last-normal-view-forgotten",
    undoes: "E1: a restart resumes from the last normal view",
    edits: inFile(RECOVERY, [
      "    Object.assign(replica, { view, lastNormalView, identity, durableView: view });",
      "    Object.assign(replica, { view, lastNormalView: 0, identity, durableView: view });\n" +
      "    void lastNormalView;",
    ]),
    exposure: SWARM,
  },
  {
    name: "restarted-primary-goes-on",
    undoes: "E1: a primary that restarts begins the next view",
    edits: inFile(RECOVERY, [
      "  if (replica.primary === replica.index) return startViewChange(replica, view + 1);\n",
      "",
    ]),
    exposure: SWARM,
  },
  {
    name: "whole-log-distrusted-at-restart",
    undoes: "E14: a restart with an undamaged disk needs nobody who is normal",
    edits: inFile(RECOVERY, [
      "  if (view > lastNormalView) return startViewChange(replica, view);\n",
      '  if (view >= lastNormalView) return beginRecovery(replica, "damaged");\n',
    ]),
    exposure: SWARM,
  },
  {
    name: "lost-disk-votes-at-once",
    undoes: "E1 fix C: who has lost its disk stays out of two views",
    edits: inFile(RECOVERY, ["const AMNESIA_VIEWS = 2;", "const AMNESIA_VIEWS = 0;"]),
    exposure: byTest("tests/vr/recovery_test.ts", "finishRecovery() takes part"),
  },
  {
    name: "lost-disk-votes-in-next-view",
    undoes: "E1 fix C: who has lost its disk stays out of two views",
    edits: inFile(RECOVERY, ["const AMNESIA_VIEWS = 2;", "const AMNESIA_VIEWS = 1;"]),
    exposure: byTest("tests/vr/recovery_test.ts", "finishRecovery() takes part"),
  },
  {
    name: "lost-disk-starts-empty",
    undoes: "E1 fix C: a fresh disk that a formed group does not know is no founder's",
    edits: inFile("protocols/vr/formation.ts", [
      "if (births[index] === identity.birth) return form(replica, births);",
      "if (births.length > 0) return form(replica, births.with(index, identity.birth));",
    ]),
    exposure: SWARM,
  },
  {
    name: "recovery-quorum-one-short",
    undoes: "VRR 4.3: f + 1 others answer a recovering replica",
    edits: inFile(RECOVERY, [
      "recovery.responses.size < replica.threshold + 1)",
      "recovery.responses.size < replica.threshold)",
    ]),
    exposure: byTest("tests/vr/void_messages_test.ts", "onRecoveryResponse()"),
  },
  {
    name: "recovers-from-anyone",
    undoes: "E9: the log comes from the primary of the latest view",
    edits: inFile(
      RECOVERY,
      [
        "  const source = replica.threshold === 0\n    ? message.replica\n    : primaryOf(latest, options.replicaCount);",
        "  const source = message.replica;\n  void options;",
      ],
    ),
    exposure: byTest("tests/vr/recovery_test.ts", "onRecoveryResponse()"),
  },
  {
    name: "recovers-from-any-primary",
    undoes: "E9: a primary of an earlier view than the latest is of no use",
    edits: inFile(
      RECOVERY,
      [
        "  const latest = Math.max(...recovery.responses.values());",
        "  const latest = message.view;",
      ],
    ),
    exposure: byTest("tests/vr/recovery_test.ts", "finishRecovery() takes part"),
  },
  {
    name: "recovery-asked-once",
    undoes: "E9: recovery asks again, with a fresh nonce",
    edits: inFile(RECOVERY, [
      '  context.setTimer("recover-again", delayMs, { type: "recover-again" });',
      "  void delayMs;",
    ]),
    exposure: SWARM,
  },
  {
    name: "recovering-replica-votes",
    undoes: "E10: a recovering replica takes no part in view changes",
    edits: inFile(
      "protocols/vr/view_change.ts",
      ['  if (replica.status === "recovering") return abstain(replica, message);\n', ""],
      [
        "export function onDoViewChange(replica: Replica, message: DoViewChange): void {\n" +
        '  if (replica.status === "recovering") return;\n',
        "export function onDoViewChange(replica: Replica, message: DoViewChange): void {\n",
      ],
    ),
    exposure: SWARM,
  },
  {
    name: "recovering-replica-installs",
    undoes: "E10: a recovering replica takes no part in normal operation",
    edits: inFile(
      TRANSFER,
      ['  if (replica.status === "recovering") return;\n  const current', "  const current"],
    ),
    exposure: SWARM,
  },
  {
    name: "damage-forgotten-at-crash",
    undoes: "E19: a damaged log is known to be one until it is whole again",
    edits: inFile(RECOVERY, [
      "  replica.identity = { ...replica.identity, recovering: true };\n  const { nonce }",
      "  const { nonce }",
    ]),
    exposure: byTest("tests/vr/recovery_test.ts", "beginRecovery()"),
  },
  {
    name: "damage-ignored",
    undoes: "E19: a replica with a damaged log does not vote",
    edits: inFile(RECOVERY, [
      "  if (loaded.damage !== undefined) {",
      "  if (loaded.damage !== undefined && replica.options.replicaCount === 0) {",
    ]),
    exposure: SWARM,
  },
  {
    name: "later-view-truncates-log",
    undoes: "E2: hearing of a later view truncates nothing",
    edits: inFile(TRANSFER, [
      '  begin(replica, { purpose: "install", view, source: from, start: replica.commitNumber });',
      "  if (replica.log.opNumber > replica.commitNumber) {\n" +
      "    replica.log.truncate(replica.commitNumber);\n" +
      "    replica.durability.truncate(replica.commitNumber);\n  }\n" +
      '  begin(replica, { purpose: "install", view, source: from, start: replica.commitNumber });',
    ]),
    exposure: SWARM,
  },
  {
    name: "later-view-taken-before-its-log",
    undoes: "E3: the last normal view changes together with the log",
    edits: inFile(TRANSFER, [
      '  begin(replica, { purpose: "install", view, source: from, start: replica.commitNumber });',
      '  replica.status = "view-change";\n' +
      "  replica.view = view;\n  replica.lastNormalView = view;\n  replica.persistView(() => {});\n" +
      '  begin(replica, { purpose: "install", view, source: from, start: replica.commitNumber });',
    ]),
    exposure: SWARM,
  },
  {
    name: "late-state-replaces-log",
    undoes: "E4: a view change that comes in between cancels a state transfer",
    edits: [
      ...inFile("protocols/vr/view_change.ts", [
        "  cancelTransfer(replica);\n  replica.view = view;\n",
        "  replica.view = view;\n",
      ]),
      ...inFile(STATE_TRANSFER, [
        'return transfer.view > view || (transfer.view === view && status === "view-change");',
        "return true;",
      ]),
    ],
    exposure: SWARM,
  },
  {
    name: "transfer-survives-start-view",
    undoes: "E4: STARTVIEW cancels a state transfer",
    edits: [
      ...inFile("protocols/vr/view_change.ts", [
        "  cancelTransfer(replica);\n  adoptLog(replica, opNumber, []);",
        "  adoptLog(replica, opNumber, []);",
      ]),
      ...inFile(STATE_TRANSFER, [
        'return transfer.view > view || (transfer.view === view && status === "view-change");',
        "return true;",
      ]),
    ],
    exposure: byTest("tests/vr/errata_test.ts", "E4"),
  },
  {
    name: "no-state-during-view-change",
    undoes: "E20: the new primary is given the log that won",
    edits: inFile(STATE_TRANSFER, [
      'return replica.status === "view-change" && message.replica === replica.primary;',
      "return false;",
    ]),
    exposure: byTest("tests/vr/errata_test.ts", "E16"),
  },
  {
    name: "transfer-source-never-changed",
    undoes: "E2: a state transfer goes on with another replica",
    edits: inFile(TRANSFER, [
      "if (++transfer.unanswered >= UNANSWERED_MAX) return sourceFailed(replica, transfer);",
      "transfer.unanswered++;",
    ]),
    exposure: byTest("tests/vr/state_transfer_test.ts", "repeats a question"),
  },
  {
    name: "checksum-of-head-not-compared",
    undoes: "The checksum of the last entry vouches for the whole log",
    edits: inFile("protocols/log.ts", [
      "return own !== undefined && equalChecksums(own, checksum);",
      "return own !== undefined && own.length === checksum.length;",
    ]),
    exposure: SWARM,
  },
  {
    name: "truncation-leaves-acknowledgements",
    undoes: "What was asked for before a truncation counts only up to there",
    edits: inFile("protocols/durability.ts", [
      "    for (const pending of this.#pending) pending.last = Math.min(pending.last, last);\n",
      "",
    ]),
    exposure: byTest("tests/vr/void_messages_test.ts", "adoptLog()"),
  },
  {
    name: "recovery-from-end-of-own-log",
    undoes: "E11: the log is fetched from the last entry known to be committed",
    edits: inFile(TRANSFER, [
      '  begin(replica, { purpose: "recovery", view, source, start: replica.commitNumber });',
      '  begin(replica, { purpose: "recovery", view, source, start: replica.log.opNumber });',
    ]),
    exposure: byTest("tests/vr/errata_test.ts", "E11"),
  },
  {
    name: "abstention-counts-as-log",
    undoes: "E19: a view begins with f + 1 whole logs",
    edits: inFile("protocols/vr/view_change.ts", [
      "size <= replica.threshold) return;\n  if (size",
      "size === 0) return;\n  if (size",
    ]),
    exposure: byTest("tests/vr/abstention_test.ts", "f + 1 whole logs"),
  },
  {
    name: "any-entry-repairs",
    undoes: "E19: a lost entry is replaced by that one and no other",
    edits: inFile("protocols/vr/repair.ts", [
      "  if (!equalChecksums(next.parent, entry.checksum)) return;\n",
      "",
    ]),
    exposure: byTest("tests/vr/repair_test.ts", "takes no other entry"),
  },
  {
    name: "repair-revealed-before-sync",
    undoes: "E19: the repaired log is durable before anyone hears of it",
    edits: inFile("protocols/vr/repair.ts", [
      "  replica.persistView(() => resume(replica));",
      "  replica.persistView(() => {});\n  resume(replica);",
    ]),
    exposure: byTest("tests/vr/repair_test.ts", "reveals nothing"),
  },
];
