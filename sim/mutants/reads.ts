/**
 * Bugs of linearizable reads.
 *
 * @module
 */
import { byTest, inFile, type Mutant, SWARM } from "./mutant.ts";

const READS = "protocols/vr/reads.ts";
const PENDING = "protocols/pending_reads.ts";

export const READS_MUTANTS: readonly Mutant[] = [
  {
    name: "deposed-primary-reads",
    undoes: "VRR 6.3: a primary confirms that it still is before it answers a read",
    edits: inFile(READS, [
      "  if (replica.isLeading) return enqueue(replica, index, ticket);",
      "  if (replica.isLeading) return answer(replica, index, ticket, readIndexNow(replica));",
    ]),
    exposure: SWARM,
  },
  {
    name: "read-quorum-one-short",
    undoes: "A quorum confirms the view of a read",
    edits: inFile(READS, [
      "reads.confirmedBy.size + 1 < replica.quorum)",
      "reads.confirmedBy.size + 1 < replica.quorum - 1)",
    ]),
    exposure: SWARM,
  },
  {
    name: "asker-and-primary-are-a-quorum",
    undoes: "A quorum confirms the view of a read",
    edits: inFile(READS, [
      "const isEnough = replica.quorum <= 2 &&",
      "const isEnough = replica.quorum <= 4 &&",
    ]),
    exposure: byTest("tests/vr/reads_test.ts", "onFindReadIndex()"),
  },
  {
    name: "read-floor-forgotten",
    undoes: "A new primary's reads wait for what earlier views may have committed",
    edits: inFile(READS, [
      "return Math.max(replica.commitNumber, replica.reads.floor);",
      "return replica.commitNumber;",
    ]),
    exposure: SWARM,
  },
  {
    name: "read-joins-round-under-way",
    undoes: "A read is confirmed by a round that begins after it",
    edits: inFile(READS, [
      "  replica.reads.next.set(asker, ticket);\n",
      "  const { asking, next } = replica.reads;\n" +
      "  (asking.size > 0 ? asking : next).set(asker, ticket);\n",
    ]),
    exposure: byTest("tests/vr/reads_test.ts", "onFindReadIndex()"),
  },
  {
    name: "confirmation-of-earlier-round-counts",
    undoes: "A read is confirmed by a round that begins after it",
    edits: inFile(READS, ["  if (message.round !== replica.reads.round) return;\n", ""]),
    exposure: byTest("tests/vr/reads_test.ts", "onFindReadIndex()"),
  },
  {
    name: "old-view-confirmed",
    undoes: "A view is confirmed by who is normal in it",
    edits: inFile(READS, [
      '  if (view !== replica.view || replica.status !== "normal") return;\n' +
      '  if (replica.transfer?.purpose === "install") return;\n',
      "  const asker = view % replica.options.replicaCount;\n" +
      "  if (view < replica.view && asker !== replica.index) {\n" +
      '    replica.send(asker, { type: "confirmed", view, round, replica: replica.index });\n  }\n' +
      "  if (view !== replica.view || replica.primary === replica.index) return;\n",
    ]),
    exposure: SWARM,
  },
  {
    name: "read-before-executed",
    undoes: "A read waits until its op-number is executed",
    edits: inFile(PENDING, [
      "filter(({ opNumber }) => opNumber <= executed);",
      "filter(({ opNumber }) => opNumber <= executed + 1);",
    ]),
    exposure: SWARM,
  },
  {
    name: "read-joins-index-under-way",
    undoes: "A read gets an index that was asked for after it",
    edits: inFile(PENDING, [
      "    this.#gathering.push(read);\n",
      "    if (this.#asking !== undefined) (this.#asking.reads as PendingRead[]).push(read);\n" +
      "    else this.#gathering.push(read);\n",
    ]),
    exposure: SWARM,
  },
  {
    name: "index-for-earlier-incarnation-taken",
    undoes: "What is meant for an earlier incarnation is dropped",
    edits: [
      ...inFile("protocols/client_table.ts", [
        "new PendingReads(Math.floor(context.random() * 2 ** 52));",
        "new PendingReads(0);",
      ]),
    ],
    exposure: byTest("tests/protocols/client_table_test.ts", "same ticket"),
  },
  {
    name: "answer-to-any-ticket-taken",
    undoes: "An index answers the question that it was asked for",
    edits: [
      ...inFile(PENDING, [
        "    if (this.#asking?.ticket !== ticket) return;\n",
        "    if (this.#asking === undefined) return;\n",
      ]),
      ...inFile(READS, [
        "  if (replica.reads.forwarded !== ticket) return;\n",
        "",
      ]),
    ],
    exposure: byTest("tests/vr/reads_test.ts", "onReadIndexIs()"),
  },
];
