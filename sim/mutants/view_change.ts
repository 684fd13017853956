/**
 * Bugs of the view change and of leaving a view (VRR 4.2).
 *
 * @module
 */
import { byTest, inFile, type Mutant, SWARM } from "./mutant.ts";

const VIEW_CHANGE = "protocols/vr/view_change.ts";
const LEAVING = "protocols/vr/leaving.ts";
const REPLICA = "protocols/vr/replica.ts";

export const VIEW_CHANGE_MUTANTS: readonly Mutant[] = [
  {
    name: "promise-before-sync",
    undoes: "E1: a view is durable before a message reveals it",
    edits: inFile(REPLICA, [
      "    this.durability.writeRecord(record, () => {\n" +
      "      this.durableView = view;\n" +
      "      if (this.#recordCount === count) then();\n    });",
      "    this.durability.writeRecord(record);\n" +
      "    this.durableView = view;\n" +
      "    if (this.#recordCount === count) then();",
    ]),
    exposure: SWARM,
  },
  {
    name: "normal-before-log-is-durable",
    undoes: "E3: the last normal view and its log are durable before anyone hears of it",
    edits: inFile(VIEW_CHANGE, [
      "  replica.persistView(() => becomeNormal(replica, commitNumber));",
      "  replica.persistView(() => {});\n  becomeNormal(replica, commitNumber);",
    ]),
    exposure: SWARM,
  },
  {
    name: "exit-view-reveals-promise",
    undoes: "E1: a view is durable before a message reveals it",
    edits: inFile(LEAVING, ["if (replica.durableView === replica.view) {", "{"]),
    exposure: byTest("tests/vr/view_change_test.ts", "reveals a view to nobody"),
  },
  {
    name: "view-change-quorum-one-short",
    undoes: "VRR 4.2: a view begins with the logs of K - f replicas",
    edits: inFile(
      VIEW_CHANGE,
      [
        "size <= replica.threshold) return;\n  if (size",
        "size < replica.threshold) return;\n  if (size",
      ],
      [
        "abstentions.size < replica.quorum) return;",
        "abstentions.size < replica.quorum - 1) return;",
      ],
    ),
    exposure: SWARM,
  },
  {
    name: "exit-quorum-one-short",
    undoes: "E15: a view is left when a quorum wants to",
    edits: inFile(LEAVING, ["count >= replica.quorum)", "count >= replica.quorum - 1)"]),
    exposure: SWARM,
  },
  {
    name: "leaves-view-alone",
    undoes: "E15: a view is left when a quorum wants to",
    edits: inFile(LEAVING, ["count >= replica.quorum)", "isWanted)"]),
    exposure: SWARM,
  },
  {
    name: "longest-log-wins",
    undoes: "VRR 4.2: the log of the largest last normal view wins, then the longest",
    edits: inFile(VIEW_CHANGE, [
      "    other.lastNormalView > best.lastNormalView ||\n" +
      "      (other.lastNormalView === best.lastNormalView && other.opNumber > best.opNumber)",
      "    other.opNumber > best.opNumber ||\n" +
      "      (other.opNumber === best.opNumber && other.lastNormalView > best.lastNormalView)",
    ]),
    exposure: byTest("tests/vr/view_change_test.ts", "prefers the log of the latest view"),
  },
  {
    name: "shorter-log-may-win",
    undoes: "VRR 4.2: among the logs of one view the longest wins",
    edits: inFile(VIEW_CHANGE, [
      " ||\n      (other.lastNormalView === best.lastNormalView && other.opNumber > best.opNumber)",
      "",
    ]),
    exposure: SWARM,
  },
  {
    name: "old-start-view-accepted",
    undoes: "E5: STARTVIEW of an earlier view is ignored",
    edits: inFile(VIEW_CHANGE, [
      '  if (replica.status === "recovering" || view < replica.view) return;\n  const isAwaited',
      '  if (replica.status === "recovering") return;\n  const isAwaited',
    ]),
    exposure: SWARM,
  },
  {
    name: "start-view-replaces-log-of-normal",
    undoes: "E5: STARTVIEW of the present view counts in a view change only",
    edits: inFile(VIEW_CHANGE, ["  if (view === replica.view && !isAwaited) return;\n", ""]),
    exposure: byTest("tests/vr/errata_test.ts", "E5"),
  },
  {
    name: "view-change-of-own-view",
    undoes: "E6: messages of its own view do not push a normal replica into a view change",
    edits: inFile(
      VIEW_CHANGE,
      [
        "  if (message.view > replica.view) startViewChange(replica, message.view);\n" +
        '  if (replica.status === "normal") return helpBehind(replica, message.replica);\n' +
        "  replica.viewChange.startViewChanges.add(message.replica);\n  doViewChangeIfQuorum",
        '  if (message.view > replica.view || replica.status === "normal") {\n' +
        "    startViewChange(replica, message.view);\n  }\n" +
        "  replica.viewChange.startViewChanges.add(message.replica);\n  doViewChangeIfQuorum",
      ],
    ),
    exposure: SWARM,
  },
  {
    name: "view-counted-up-instead-of-taken",
    undoes: "E7: a message of a later view leads to that view",
    edits: inFile(
      VIEW_CHANGE,
      [
        "startViewChange(replica, message.view);\n" +
        '  if (replica.status === "normal") return helpBehind(replica, message.replica);\n' +
        "  replica.viewChange.startViewChanges",
        "startViewChange(replica, replica.view + 1);\n" +
        '  if (replica.status === "normal") return helpBehind(replica, message.replica);\n' +
        "  replica.viewChange.startViewChanges",
      ],
    ),
    exposure: byTest("tests/vr/errata_test.ts", "E7"),
  },
  {
    name: "old-view-change-counts",
    undoes: "VRR 4.2: DOVIEWCHANGE counts in its own view",
    edits: inFile(
      VIEW_CHANGE,
      [
        "  if (message.view < replica.view) return helpBehind(replica, message.replica);\n" +
        "  if (message.view > replica.view) startViewChange(replica, message.view);\n" +
        '  if (replica.status === "normal") return helpBehind(replica, message.replica);\n' +
        "  if (replica.primary",
        "  if (message.view > replica.view) startViewChange(replica, message.view);\n" +
        '  if (replica.status === "normal") return helpBehind(replica, message.replica);\n' +
        "  if (replica.primary",
      ],
    ),
    exposure: byTest("tests/vr/errata_test.ts", "E7"),
  },
  {
    name: "votes-survive-view",
    undoes: "VRR 4.2: DOVIEWCHANGE counts in its own view",
    edits: inFile(VIEW_CHANGE, ["  state.doViewChanges.clear();\n", ""]),
    exposure: SWARM,
  },
  {
    name: "uncommitted-tail-kept",
    undoes: "VRR 4.2: STARTVIEW replaces the log",
    edits: inFile("protocols/vr/state_transfer.ts", [
      "fresh.length > 0 ? fresh[0]!.opNumber - 1 : opNumber;",
      "fresh.length > 0 ? fresh[0]!.opNumber - 1 : log.opNumber;",
    ]),
    exposure: SWARM,
  },
  {
    name: "start-view-not-repeated",
    undoes: "E6: who is behind is told again that the view has begun",
    edits: inFile(VIEW_CHANGE, [
      "  if (replica.isLeading) resendStartView(replica, behind);",
      "  void [replica, behind];",
    ]),
    exposure: byTest("tests/vr/errata_test.ts", "E6"),
  },
  {
    name: "view-change-without-timeout",
    undoes: "VRR 4.2: a stalled view change leads to the next view",
    edits: inFile(VIEW_CHANGE, [
      '  context.setTimer("view-change-stalled", delayMs, { type: "view-change-stalled" });',
      "  void [context, delayMs];",
    ]),
    exposure: SWARM,
  },
  {
    name: "lagging-primary-never-forfeits",
    undoes: "E17: a new primary that lacks a snapshot leaves the view to one that has it",
    edits: inFile(VIEW_CHANGE, [
      "  if (viewChange.attempts > replicaCount) return false;\n",
      "  if (viewChange.attempts >= 0) return false;\n",
    ]),
    exposure: byTest("tests/vr/laggard_test.ts", "forfeit() leaves"),
  },
];
