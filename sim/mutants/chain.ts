/**
 * Bugs of a chain in normal operation: what is forwarded, acknowledged and committed, and how links begin
 * anew (CR 3; the bugs of other implementations that chain.md 6.4 lists among them).
 *
 * @module
 */
import { byTest, CHAIN_SWARM, inFile, type Mutant } from "./mutant.ts";

const ACKNOWLEDGEMENT = "protocols/chain/acknowledgement.ts";
const COMMIT = "protocols/chain/commit.ts";
const FORWARDING = "protocols/chain/forwarding.ts";
const ORDERING = "protocols/chain/ordering.ts";
const RECONFIGURATION = "protocols/chain/reconfiguration.ts";
const ROLE = "protocols/chain/role.ts";
const UPDATES = "protocols/chain/updates.ts";

/** Acknowledges by value, as one does whose list of what is under way has no numbers. */
const LAST_EQUAL = `
function lastEqual({ log, durability }: ChainReplica, opNumber: number): number {
  const valueOf = (op: number) =>
    requestsOf(log.get(op)!).map((bytes) => {
      const request = decodeRequest(bytes);
      return request?.type === "command" ? String(request.command) : "";
    }).join();
  let found = opNumber;
  if (log.get(opNumber) === undefined) return found;
  for (let op = opNumber + 1; op <= durability.durableOp; op++) {
    if (valueOf(op) === valueOf(opNumber)) found = op;
  }
  return found;
}
`;

export const CHAIN_MUTANTS: readonly Mutant[] = [
  {
    name: "forward-before-durable",
    undoes: "An entry is durable before it is forwarded",
    edits: [
      ...inFile(FORWARDING, ["link.sentTo < durability.durableOp", "link.sentTo < log.opNumber"]),
      ...inFile(UPDATES, [
        "  replica.durability.append([entry], () => onDurable(replica));",
        "  replica.durability.append([entry], () => onDurable(replica));\n  pump(replica);",
      ]),
    ],
    exposure: CHAIN_SWARM,
  },
  {
    name: "tail-commits-before-durable",
    undoes: "The tail answers for what is durable there",
    edits: [
      ...inFile(
        COMMIT,
        ["durability.durableOp <= replica.commitNumber", "log.opNumber <= replica.commitNumber"],
        ["commitNumber = replica.durability.durableOp", "commitNumber = replica.log.opNumber"],
      ),
      ...inFile(UPDATES, [
        "  replica.durability.append([entry], () => onDurable(replica));",
        "  replica.durability.append([entry], () => onDurable(replica));\n  commitAsTail(replica);",
      ]),
    ],
    exposure: CHAIN_SWARM,
  },
  {
    name: "received-before-durable",
    undoes: "What is acknowledged is durable",
    edits: inFile(ACKNOWLEDGEMENT, [
      "    received: durability.durableOp,\n",
      "    received: replica.log.opNumber,\n",
    ]),
    exposure: CHAIN_SWARM,
  },
  {
    name: "tail-never-commits",
    undoes: "CR 3: the tail processes updates (6.4, paxi)",
    edits: inFile(COMMIT, [
      "  if (!isServingTail(replica)) return;\n",
      '  if (!isServingTail(replica) || replica.position.role === "tail") return;\n',
    ]),
    exposure: CHAIN_SWARM,
  },
  {
    name: "propagated-taken-for-committed",
    undoes: "CR 3: committed is what the tail has (6.4, summerset)",
    edits: inFile(ACKNOWLEDGEMENT, [
      "    commitTo(replica, message.committed);\n",
      "    commitTo(replica, message.received);\n",
    ]),
    exposure: CHAIN_SWARM,
  },
  {
    name: "head-commits-alone",
    undoes: "CR 3: the tail answers, not the head (6.4, zowens)",
    edits: inFile(COMMIT, [
      "return isLast && !isLeaving &&",
      'return (isLast || replica.position.role === "head") && !isLeaving &&',
    ]),
    exposure: CHAIN_SWARM,
  },
  {
    name: "acknowledged-by-value",
    undoes: "An acknowledgement names an op-number (6.4, KoningR)",
    edits: inFile(
      ACKNOWLEDGEMENT,
      [
        'import { commitTo } from "./commit.ts";',
        'import { requestsOf } from "../entry.ts";\nimport { decodeRequest } from "../request.ts";\n' +
        'import { commitTo } from "./commit.ts";',
      ],
      [
        "    commitTo(replica, message.committed);\n",
        "    commitTo(replica, lastEqual(replica, message.committed));\n",
      ],
      ["/** The successor says how far", `${LAST_EQUAL}\n/** The successor says how far`],
    ),
    exposure: CHAIN_SWARM,
  },
  {
    name: "sent-list-newest-first",
    undoes: "CR 3.2: what was sent is sent again in its order (6.4, KoningR)",
    edits: inFile(
      FORWARDING,
      [
        "  while (link.sentTo < durability",
        "  const { sentTo } = link;\n  while (link.sentTo < durability",
      ],
      [
        "log.get(link.sentTo + 1);",
        "log.get(durability.durableOp - (link.sentTo - sentTo));",
      ],
    ),
    exposure: CHAIN_SWARM,
  },
  {
    name: "sent-list-not-resent",
    undoes: "CR 3.2: a new successor is sent what the old one had not passed on",
    edits: inFile(FORWARDING, ["    sentTo: opNumber,\n", "    sentTo: durability.durableOp,\n"]),
    exposure: CHAIN_SWARM,
  },
  {
    name: "resume-when-nothing-changed",
    undoes: "CR 3.2: a successor tells its new predecessor where to begin (6.4, zowens)",
    edits: [
      ...inFile(RECONFIGURATION, [
        "  if (predecessor !== null) resume(replica);",
        "  if (predecessor !== null && predecessor === before.predecessor) resume(replica);",
      ]),
      ...inFile(
        UPDATES,
        ["if (message.link === 0) resume(replica);", "if (message.link < 0) resume(replica);"],
        ["resumeIfDue(replica);\n  return false;", "void replica;\n  return false;"],
      ),
    ],
    exposure: CHAIN_SWARM,
  },
  {
    name: "update-gap-never-filled",
    undoes: "Updates that were lost are asked for again",
    edits: inFile(
      UPDATES,
      ["return resumeIfDue(replica);\n  if (entry", "return;\n  if (entry"],
      [
        "  if (replica.reports.stalled === null && message.opNumber > log.opNumber) resumeIfDue(replica);\n",
        "  void log;\n",
      ],
    ),
    exposure: byTest("tests/chain/normal_test.ts", "a link is FIFO"),
  },
  {
    name: "middle-does-not-commit-as-tail",
    undoes: "CR 3.2: the new tail commits what is under way (6.4, KoningR)",
    edits: inFile(RECONFIGURATION, ["  commitAsTail(replica);\n", "  void commitAsTail;\n"]),
    exposure: CHAIN_SWARM,
  },
  {
    name: "tail-never-acknowledges",
    undoes: "CR 3.2: the tail acknowledges up the chain (6.4, KoningR)",
    edits: [
      ...inFile(COMMIT, [
        "  sendCommitted(replica);\n  sendAck(replica);\n",
        "  sendCommitted(replica);\n",
      ]),
      ...inFile(UPDATES, [
        "  commitTo(replica, message.committed);\n  sendAck(replica);\n",
        "  commitTo(replica, message.committed);\n",
      ]),
    ],
    exposure: CHAIN_SWARM,
  },
  {
    name: "owed-replies-forgotten",
    undoes: "CR 3.2: the new tail sends the replies that the old one owed (6.4, KoningR)",
    edits: inFile(FORWARDING, [
      "    // The rest follows with the next acknowledgement.",
      "    pending.settle(entry.opNumber);\n    // The rest follows with the next acknowledgement.",
    ]),
    exposure: byTest("tests/chain/reconfiguration_test.ts", "a tail that fails with updates"),
  },
  {
    name: "everyone-answers",
    undoes: "CR 3: whoever is the tail answers, and nobody else",
    edits: inFile(COMMIT, [
      "  for (let op = commitNumber + 1; op <= opNumber; op++) pending.settle(op);\n",
      "  void pending;\n",
    ]),
    exposure: byTest("tests/chain/normal_test.ts", "the tail answers"),
  },
  {
    name: "new-head-inherits-nothing",
    undoes: "A retry of what is under way is attached to it, and answered when it is committed",
    edits: inFile(ROLE, ["leading && !wasOrdering ? unexecuted(replica) : []", "[]"]),
    exposure: byTest("tests/chain/reconfiguration_test.ts", "a new head inherits"),
  },
  {
    name: "new-head-answers-early",
    undoes:
      "What a new head has inherited is not committed yet, and a retry of it not answered (chain.md 1.6)",
    edits: inFile(
      RECONFIGURATION,
      ["import { commitAsTail } from", "import { commitAsTail, commitTo } from"],
      [
        "  commitAsTail(replica);\n",
        "  commitAsTail(replica);\n  if (isOrdering(replica)) commitTo(replica, replica.durability.durableOp);\n",
      ],
    ),
    exposure: CHAIN_SWARM,
  },
  {
    name: "leaving-head-orders",
    undoes: "A member that is leaving serves nothing",
    edits: inFile(ORDERING, [
      "return isHead && position.isWritable && !position.isLeaving;",
      "return isHead && position.isWritable;",
    ]),
    exposure: byTest("tests/chain/reconfiguration_test.ts", "a head that is to leave"),
  },
  {
    name: "ordering-though-not-writable",
    undoes: "CRAQ 3: no updates while the head is outside of the master data center",
    edits: inFile(ORDERING, [
      "return isHead && position.isWritable && !position.isLeaving;",
      "return isHead && !position.isLeaving;",
    ]),
    exposure: byTest("tests/chain/reconfiguration_test.ts", "a chain that is not writable"),
  },
  {
    name: "pipeline-without-end",
    undoes: "What is under way is bounded",
    edits: inFile(ORDERING, [
      "if (queue.length === 0 || log.opNumber - commitNumber >= options.pipeline) return false;",
      "if (queue.length === 0 || log.opNumber < commitNumber) return false;",
    ]),
    exposure: byTest("tests/chain/normal_test.ts", "the pipeline bounds"),
  },
];
