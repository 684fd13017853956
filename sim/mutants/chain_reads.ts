/**
 * Bugs of reads from a chain: leases, clean and dirty objects, questions to the tail, bounds (CRAQ 2).
 *
 * @module
 */
import { byTest, CHAIN_SWARM, inFile, type Mutant } from "./mutant.ts";

const READS = "protocols/chain/reads.ts";
const PENDING = "protocols/chain/pending.ts";
const ROLE = "protocols/chain/role.ts";

const MAY_READ = "return position.isMember && !position.isLeaving && context.now() < leaseUntil;";
const MAY_TELL = "  if (!isServingTail(replica) || !mayRead(replica)) return;\n";

export const CHAIN_READS_MUTANTS: readonly Mutant[] = [
  {
    name: "read-without-lease",
    undoes: "Reads are served under a lease",
    edits: inFile(READS, [
      MAY_READ,
      "return position.isMember && !position.isLeaving && context.now() > -leaseUntil;",
    ]),
    exposure: CHAIN_SWARM,
  },
  {
    name: "every-server-answers-queries",
    undoes: "CR 3: only the tail answers queries (6.4, KoningR)",
    edits: [
      ...inFile(READS, [
        "  // With a bound whoever has the state may ask the tail.\n",
        "  if (position.isMember) return answer(replica, ticket, execution.sent);\n",
      ]),
      ...inFile(ROLE, ['  if (options.reads === "tail") return members.at(-1) ?? null;\n', ""]),
    ],
    exposure: CHAIN_SWARM,
  },
  {
    name: "dirty-read-as-clean",
    undoes: "CRAQ 2.3: of a dirty object the tail is asked",
    edits: inFile(READS, [
      "const isClean = pending.dirtOf(log, execution.sent, object).commands === 0;",
      "const isClean = pending.dirtOf(log, execution.sent, object).commands >= 0;",
    ]),
    exposure: CHAIN_SWARM,
  },
  {
    name: "last-entry-never-dirty",
    undoes: "CRAQ 2.3: an object is dirty from when an update of it comes in",
    edits: inFile(PENDING, [
      "opNumber = executed + 1; opNumber <= log.opNumber; opNumber++",
      "opNumber = executed + 1; opNumber < log.opNumber; opNumber++",
    ]),
    exposure: CHAIN_SWARM,
  },
  {
    name: "unknown-object-makes-nothing-dirty",
    undoes: "An update of nobody knows what makes everything dirty",
    edits: inFile(PENDING, [
      ": touched.unknown + (touched.byObject",
      ": 0 * touched.unknown + (touched.byObject",
    ]),
    exposure: byTest("tests/chain/reads_test.ts", "an update of nobody knows what"),
  },
  {
    name: "version-of-any-member",
    undoes: "CRAQ 2.3: the tail says which version is committed",
    edits: inFile(
      READS,
      [
        "  const tail = position.members.at(-1);\n",
        "  const tail = position.predecessor ?? position.members.at(-1);\n",
      ],
      [MAY_TELL, "  if (!mayRead(replica)) return;\n"],
      ["node !== position.members.at(-1) || ticket !== reads.ticket", "ticket !== reads.ticket"],
    ),
    exposure: CHAIN_SWARM,
  },
  {
    name: "version-of-frozen-tail",
    undoes: "Who may no longer be the tail says no version",
    edits: inFile(READS, [
      MAY_TELL,
      "  if (!replica.position.isLast || !mayRead(replica)) return;\n",
    ]),
    exposure: byTest("tests/chain/extension_test.ts", "from the declaration on"),
  },
  {
    name: "version-without-lease",
    undoes: "The tail says a version under a lease only",
    edits: inFile(READS, [MAY_TELL, "  if (!isServingTail(replica)) return;\n"]),
    exposure: byTest("tests/chain/reads_test.ts", "every member reads under its lease only"),
  },
  {
    name: "frozen-tail-reads-alone",
    undoes: "A tail that has frozen asks nobody, not itself either",
    edits: inFile(READS, [
      "  if (isServingTail(replica)) return answer(replica, ticket, replica.commitNumber);\n",
      "  if (position.isLast) return answer(replica, ticket, replica.commitNumber);\n",
    ]),
    exposure: byTest("tests/chain/extension_test.ts", "from the declaration on"),
  },
  {
    name: "version-for-earlier-question-taken",
    undoes: "A version answers the question that it was asked for",
    edits: inFile(READS, [
      "node !== position.members.at(-1) || ticket !== reads.ticket",
      "node !== position.members.at(-1) || ticket > reads.ticket",
    ]),
    exposure: byTest("tests/chain/reads_test.ts", "a late answer to an earlier question"),
  },
  {
    name: "read-joins-question-under-way",
    undoes: "A read gets a version that was asked for after it",
    edits: inFile(READS, [
      "  replica.reads.next.push(ticket);\n",
      "  const { asking, next } = replica.reads;\n  (asking.length > 0 ? asking : next).push(ticket);\n" +
      "  if (asking.length > 0) return;\n",
    ]),
    exposure: byTest("tests/chain/reads_test.ts", "while a question is under way sees"),
  },
  {
    name: "version-gone-refused",
    undoes: "A version that is no longer the newest is none the worse (6.4, go-craq)",
    edits: inFile(READS, [
      "  commitTo(replica, opNumber);\n  const { asking }",
      "  if (opNumber < replica.commitNumber) return refuseAll(replica);\n" +
      "  commitTo(replica, opNumber);\n  const { asking }",
    ]),
    exposure: byTest("tests/chain/reads_test.ts", "the version that the tail named may be gone"),
  },
  {
    name: "lease-not-tested-when-version-comes",
    undoes: "The lease is tested in the turn that answers",
    edits: inFile(READS, [
      "  replica.heard(node);\n  if (!mayRead(replica)) return refuseAll(replica);\n",
      "  replica.heard(node);\n",
    ]),
    exposure: byTest("tests/chain/reads_test.ts", "an answer of the tail that arrives just after"),
  },
  {
    name: "question-not-repeated",
    undoes: "A question to the tail that was lost is asked again",
    edits: inFile(READS, [
      "  if (!mayRead(replica) || isLate) return refuseAll(replica);\n  put(replica);\n",
      "  if (!mayRead(replica) || isLate) return refuseAll(replica);\n",
    ]),
    exposure: byTest("tests/chain/reads_test.ts", "a question that is lost"),
  },
  {
    name: "leaving-member-reads",
    undoes: "A member that is leaving serves nothing",
    edits: [
      ...inFile(READS, [MAY_READ, "return position.isMember && context.now() < leaseUntil;"]),
      ...inFile(ROLE, [
        "if (isMember && !isLeaving) return node;",
        "if (isMember || isLeaving) return node;",
      ]),
    ],
    exposure: byTest("tests/chain/reconfiguration_test.ts", "a member that is to leave"),
  },
  {
    name: "newcomer-reads",
    undoes: "CR 3.3: a newcomer answers nothing before it is a member",
    edits: [
      ...inFile(READS, [
        MAY_READ,
        'return position.role !== "spare" && !position.isLeaving && context.now() < leaseUntil;',
      ]),
      ...inFile(ROLE, [
        "if (isMember && !isLeaving) return node;",
        'if ((isMember || position.role === "joining") && !isLeaving) return node;',
      ]),
    ],
    exposure: CHAIN_SWARM,
  },
  {
    name: "bound-without-lease",
    undoes: "CRAQ 2.4: after its lease a replica may be as old as the lease is over",
    edits: inFile(READS, ["const hasLease = mayRead(replica);", "const hasLease = true;"]),
    exposure: byTest("tests/chain/reads_test.ts", "after its lease a replica bounds"),
  },
  {
    name: "bound-ignored",
    undoes: "CRAQ 2.4: a read within a bound is not older than that",
    edits: inFile(READS, [
      "return bound.ageMs === null || context.now() - behindSince <= bound.ageMs;",
      "return bound.ageMs === null || context.now() - behindSince >= 0;",
    ]),
    exposure: byTest("tests/chain/reads_test.ts", "a read within an age"),
  },
  {
    name: "versions-behind-not-counted",
    undoes: "CRAQ 2.4: a read within a number of versions lacks no more of them",
    edits: inFile(READS, ["commands > bound.versions)", "commands > bound.versions + 10)"]),
    exposure: CHAIN_SWARM,
  },
];
