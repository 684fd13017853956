/**
 * Bugs of normal operation: what is acknowledged, counted and committed (VRR 4.1).
 *
 * @module
 */
import { byTest, inFile, type Mutant, SWARM } from "./mutant.ts";

const NORMAL = "protocols/vr/normal.ts";

export const NORMAL_MUTANTS: readonly Mutant[] = [
  {
    name: "acknowledge-before-sync",
    undoes: "E1: an entry is durable before PREPAREOK",
    edits: inFile(
      NORMAL,
      [
        "    replica.durability.append([entry], () => acknowledge(replica, view));",
        "    replica.durability.append([entry]);\n    acknowledge(replica, view);",
      ],
      ["const opNumber = replica.durability.durableOp;", "const { opNumber } = replica.log;"],
    ),
    exposure: SWARM,
  },
  {
    name: "own-copy-counts-before-sync",
    undoes: "E1: the primary's own copy counts once it is durable",
    edits: inFile(
      NORMAL,
      [
        "acked[replica.index] = replica.durability.durableOp;",
        "acked[replica.index] = replica.log.opNumber;",
      ],
      [
        "spread(replica, requests.length);",
        "spread(replica, requests.length);\n  advanceCommit(replica);",
      ],
    ),
    exposure: { type: "swarm", nodes: 1 },
  },
  {
    name: "commit-quorum-one-short",
    undoes: "VRR 4.1: K - f replicas hold what is committed",
    edits: inFile(NORMAL, [
      "descending[replica.quorum - 1]!",
      "descending[Math.max(0, replica.quorum - 2)]!",
    ]),
    exposure: SWARM,
  },
  {
    name: "acknowledgements-survive-view",
    undoes: "VRR 4.1: a PREPAREOK counts in its own view",
    edits: inFile(NORMAL, ["  normal.acked = [];\n", ""]),
    exposure: byTest("tests/vr/void_messages_test.ts", "beginView()"),
  },
  {
    name: "old-acknowledgement-counts",
    undoes: "VRR 4.1: messages of an earlier view are dropped",
    edits: inFile(NORMAL, [
      "if (message.view !== replica.view || !replica.isLeading) return;\n  replica.heard",
      "if (!replica.isLeading) return;\n  replica.heard",
    ]),
    exposure: byTest("tests/vr/normal_test.ts", "onPrepareOk() commits"),
  },
  {
    name: "old-prepare-accepted",
    undoes: "VRR 4.1: messages of an earlier view are dropped",
    edits: inFile(NORMAL, [
      "  if (view < replica.view) {\n    // A primary of the past",
      "  if (view < replica.view && sender !== undefined) {\n    // A primary of the past",
    ]),
    exposure: byTest("tests/vr/void_messages_test.ts", "onPrepare()"),
  },
  {
    name: "execute-before-commit",
    undoes: "VRR 4.1: nothing is executed before it is committed",
    edits: inFile(NORMAL, [
      "    acknowledge(replica, replica.view);\n  }\n  replica.commitTo(message.commitNumber);",
      "    acknowledge(replica, replica.view);\n  }\n  replica.commitTo(entry.opNumber);",
    ]),
    exposure: SWARM,
  },
  {
    name: "primary-executes-at-once",
    undoes: "VRR 4.1: nothing is executed before it is committed",
    edits: inFile(NORMAL, [
      "spread(replica, requests.length);",
      "spread(replica, requests.length);\n  replica.commitTo(entry.opNumber);",
    ]),
    exposure: SWARM,
  },
  {
    name: "commit-number-goes-back",
    undoes: "E8: the commit-number never goes back",
    edits: inFile("protocols/vr/replica.ts", [
      "Math.max(this.commitNumber, Math.min(commitNumber, this.log.opNumber))",
      "Math.min(commitNumber, this.log.opNumber)",
    ]),
    exposure: SWARM,
  },
  {
    name: "commit-beyond-log",
    undoes: "E8: the commit-number is never above the op-number",
    edits: inFile("protocols/vr/replica.ts", [
      "Math.max(this.commitNumber, Math.min(commitNumber, this.log.opNumber))",
      "Math.max(this.commitNumber, commitNumber)",
    ]),
    exposure: SWARM,
  },
  {
    name: "time-follows-clock",
    undoes: "VRR 4.4: the time of entries never goes back",
    edits: inFile(NORMAL, ["Math.max(log.time, context.wallTime())", "context.wallTime()"]),
    exposure: SWARM,
  },
  {
    name: "no-abdication",
    undoes: "E16: a primary that cannot replicate falls silent",
    edits: inFile(NORMAL, [
      "  const why = whyStuck(replica);",
      "  const why = whyStuck(replica) && null;",
    ]),
    exposure: SWARM,
  },
  {
    name: "lost-acknowledgement-not-repeated",
    undoes: "E12: a repeated PREPARE is acknowledged again",
    edits: inFile(
      NORMAL,
      [
        "    // A repeated PREPARE means that our PREPAREOK was lost (erratum E12).\n    acknowledge(replica, replica.view);",
        "",
      ],
      [
        "  // Repeats a PREPAREOK that may have been lost, and tells the primary that we are there.\n  acknowledge(replica, replica.view);",
        "",
      ],
    ),
    exposure: SWARM,
  },
  {
    name: "gap-never-filled",
    undoes: "VRR 5.2: a backup asks for entries that it missed",
    edits: inFile("protocols/vr/transfer.ts", [
      '  begin(replica, { purpose: "gap", view: replica.view, source, start: replica.log.opNumber });',
      "  void source;",
    ]),
    exposure: SWARM,
  },
];
