/**
 * Bugs of Hermes' epochs, lives, joining and reads (hermes.md 4.7 to 4.10, and those of other implementations
 * that chain.md 6.4 lists).
 *
 * @module
 */
import { byTest, HERMES_SWARM, inFile, type Mutant } from "./mutant.ts";

const ADOPTION = "protocols/hermes/adoption.ts";
const EPOCHS = "protocols/hermes/epochs.ts";
const FLUSH = "protocols/hermes/flush.ts";
const JOINING = "protocols/hermes/joining.ts";
const OBJECTS = "protocols/hermes/objects.ts";
const READS = "protocols/hermes/reads.ts";
const REPLICA = "protocols/hermes/replica.ts";
const SCAN = "protocols/hermes/scan.ts";
const STANDING = "protocols/hermes/standing.ts";
const EPOCHS_TEST = "tests/hermes/epochs_test.ts";
const LIVES_TEST = "tests/hermes/lives_test.ts";
const READS_TEST = "tests/hermes/reads_test.ts";
const JOINING_TEST = "tests/hermes/joining_test.ts";

export const HERMES_EPOCHS_MUTANTS: readonly Mutant[] = [
  {
    name: "hermes-acks-outlive-epochs",
    undoes: "Hermes 3.4: acknowledgements of the epoch before are void (6.4, ease-lab)",
    edits: inFile(EPOCHS, ["    pending.acks = 0;\n", ""]),
    exposure: HERMES_SWARM,
  },
  {
    name: "hermes-counted-acks-outlive-epochs",
    undoes:
      "Hermes 3.3, O3: acknowledgements of the epoch before are void wherever they are counted",
    edits: inFile(EPOCHS, ["  for (const record of objects.unsettled) record.acks = 0;\n", ""]),
    exposure: byTest("tests/hermes/options_test.ts", "O3: a new epoch voids"),
  },
  {
    name: "hermes-messages-of-any-epoch",
    undoes: "Hermes 2.4: a message of another epoch is dropped",
    edits: inFile(EPOCHS, [
      "  if (epoch !== standing.epoch || !standing.others.includes(node)) return false;\n",
      "  if (!standing.others.includes(node)) return false;\n",
    ]),
    exposure: byTest(EPOCHS_TEST, "ACKs, INVs and VALs of another epoch"),
  },
  {
    name: "hermes-messages-of-any-life",
    undoes: "A message of an earlier life of its sender is dropped",
    edits: inFile(EPOCHS, ["  if (life < (lives.get(node) ?? 0)) return false;\n", ""]),
    exposure: byTest(EPOCHS_TEST, "messages of an earlier life of their sender"),
  },
  {
    name: "hermes-acknowledges-before-its-epoch-is-durable",
    undoes: "What is acknowledged in an epoch is so after it is certain that we never go back",
    edits: [
      ...inFile(FLUSH, ["  if (!epochs.isCertain) return;\n", "  void epochs;\n"]),
      ...inFile(REPLICA, [
        "    if (!this.epochs.isRemembered && !QUESTIONS.has(message.type)) return;\n",
        "",
      ]),
    ],
    exposure: byTest(EPOCHS_TEST, "an acknowledgement waits for its epoch"),
  },
  {
    name: "hermes-begins-another-life-unannounced",
    undoes: "What a replica has forgotten in a crash is void before it acknowledges anything again",
    edits: inFile(EPOCHS, ["isAgain ? standing.othersMask : 0", "isAgain ? 0 : 0"]),
    exposure: byTest(LIVES_TEST, "a read-modify-write that its coordinator has forgotten"),
  },
  {
    name: "hermes-updates-not-sent-anew",
    undoes: "Hermes 3.4: what is under way is sent again in the new epoch",
    edits: [
      ...inFile(EPOCHS, ["    flushing.invs.push(pending.update);\n", ""]),
      ...inFile("protocols/hermes/replays.ts", [
        "  sendAgain(replica, now - timeoutMs);\n",
        "  void sendAgain;\n",
      ]),
    ],
    exposure: HERMES_SWARM,
  },
  {
    name: "hermes-joins-unseen",
    undoes: "Hermes 3.4: one that joins has to acknowledge what is committed",
    edits: inFile(STANDING, [
      "  const live = joining === null ? members : [...members, joining];\n",
      '  const live = role === "joining" ? [...members, node] : members;\n',
    ]),
    exposure: HERMES_SWARM,
  },
  {
    name: "hermes-joining-serves",
    undoes: "Hermes 3.4: a shadow serves no clients",
    edits: [
      ...inFile(REPLICA, [
        '    return this.standing.role === "member";\n',
        '    return this.standing.role === "member" || this.standing.role === "joining";\n',
      ]),
    ],
    exposure: HERMES_SWARM,
  },
  {
    name: "hermes-leaving-serves",
    undoes: "A member that is to leave serves nobody any more",
    edits: inFile(REPLICA, [
      '    return this.standing.role === "member";\n',
      '    return this.standing.role === "member" || this.standing.role === "leaving";\n',
    ]),
    exposure: byTest(READS_TEST, "who is to leave serves nobody"),
  },
  {
    name: "hermes-copies-before-all-are-there",
    undoes: "4.7: a copy begins when every member is in the epoch",
    edits: inFile(JOINING, [
      "  return members.every((member) => entered.has(member));\n",
      "  return members.some((member) => entered.has(member));\n",
    ]),
    exposure: byTest(JOINING_TEST, "nothing is copied before every member is in the epoch"),
  },
  {
    name: "hermes-joins-with-what-it-had",
    undoes: "4.7: one that comes back joins anew, with nothing",
    edits: inFile(EPOCHS, [
      '  if (role === "joining" && replica.copiedIn !== epoch) wipe(replica);\n',
      "  void wipe;\n",
    ]),
    exposure: byTest(JOINING_TEST, "one that joins has forgotten what it held before"),
  },
  {
    name: "hermes-forgets-what-it-acknowledged-while-joining",
    undoes: "One that restarts while it joins keeps what it has acknowledged in that epoch",
    edits: inFile(EPOCHS, [
      '  if (role === "joining" && replica.copiedIn !== epoch) wipe(replica);\n',
      '  if (role === "joining") wipe(replica);\n',
    ]),
    exposure: byTest(JOINING_TEST, "one that restarts while it joins keeps"),
  },
  {
    name: "hermes-joined-before-durable",
    undoes: "One that joins holds everything durably before it is a member",
    edits: inFile(JOINING, [
      "  whenDurable(replica, () => {\n    if (replica.joining.copy !== copy) return;\n",
      "  ((then: () => void) => then())(() => {\n    if (replica.joining.copy !== copy) return;\n",
    ]),
    exposure: HERMES_SWARM,
  },
  {
    name: "hermes-copies-anything-as-valid",
    undoes: "4.7: what is not known to be committed is copied as that",
    edits: inFile(ADOPTION, [
      "  if (order >= 0 && isValid && !record.isValid) settle(replica, record);\n",
      "  if (order >= 0 && !record.isValid) settle(replica, record);\n  void isValid;\n",
    ]),
    exposure: HERMES_SWARM,
  },
  {
    name: "hermes-copies-over-what-is-newer",
    undoes: "4.7: what is copied counts if it is later than what is there",
    edits: [
      ...inFile(ADOPTION, [
        "  if (order > 0) adopt(replica, record, update, lastWriter);\n  if (order >= 0 && isValid",
        "  if (order !== 0) adopt(replica, record, update, lastWriter);\n  if (order >= 0 && isValid",
      ]),
      ...inFile(OBJECTS, [
        '    invariant(compare(update.ts, record.ts) > 0, "an object\'s timestamp only grows");\n',
        "",
      ]),
    ],
    exposure: byTest("tests/sim/scenarios_hermes_epochs_test.ts", "does not undo what came"),
  },
  {
    name: "hermes-tombstones-not-copied",
    undoes: "4.10: what was deleted keeps its timestamp",
    edits: inFile(OBJECTS, [
      "      objects.push(record.held);\n",
      "      if (record.state !== null) objects.push(record.held);\n",
    ]),
    exposure: HERMES_SWARM,
  },

  // Reads

  {
    name: "hermes-reads-what-is-not-valid",
    undoes: "Hermes 3.2: what is not valid is not read",
    edits: inFile(READS, [
      "  if (record === undefined || record.isValid) return answerFrom(replica, read, record);\n",
      "  if (record === undefined || !record.isRmw) return answerFrom(replica, read, record);\n",
    ]),
    exposure: HERMES_SWARM,
  },
  {
    name: "hermes-reads-without-a-lease",
    undoes: "Hermes 2.4: only who has a lease reads (6.4, glycerine)",
    edits: inFile(READS, [
      'return options.reads === "lease" && context.now() < leaseUntil;',
      'return options.reads === "lease" && context.now() < Infinity;',
    ]),
    exposure: byTest(READS_TEST, "whoever is expelled and does not know it"),
  },
  {
    name: "hermes-reads-without-a-check",
    undoes: "Hermes 8: a read is released after a check that was made after it",
    edits: inFile(READS, [
      '  if (options.reads === "lease") return refuse(replica, read, "The lease of this node has ended");\n',
      '  if (options.reads === "check") return context.send(read.replyTo, reply);\n' +
      '  if (options.reads === "lease") return refuse(replica, read, "The lease of this node has ended");\n',
    ]),
    exposure: byTest(
      "tests/sim/scenarios_hermes_reads_test.ts",
      "whoever is cut off serves no read",
    ),
  },
  {
    name: "hermes-check-under-way-is-joined",
    undoes: "Hermes 8: a check says nothing of what is read after it was sent",
    edits: inFile(READS, [
      "  reads.next.push({ read, reply });\n  if (reads.checking.length === 0) check(replica);\n}\n\n/**\n * Under",
      "  reads.checking.push({ read, reply });\n  if (reads.checking.length > 1) return;\n" +
      "  reads.ticket++;\n  sendCheck(replica);\n}\n\n/**\n * Under",
    ]),
    exposure: byTest(READS_TEST, "with checks a read is answered when"),
  },
  {
    name: "hermes-age-without-end",
    undoes: "A read within a bound is not older than that",
    edits: inFile(READS, [
      "  return context.now() < leaseUntil + graceMs;\n",
      "  return graceMs === 0 ? context.now() < leaseUntil : true;\n",
    ]),
    exposure: byTest(READS_TEST, "a stale read needs no lease"),
  },
  {
    name: "hermes-versions-without-a-lease",
    undoes: "Without a lease nobody knows how many versions a read lacks",
    edits: inFile(READS, [
      "  const graceMs = versions === null ? ageMs! : 0;\n",
      "  const graceMs = ageMs ?? 60_000;\n",
    ]),
    exposure: byTest(READS_TEST, "a stale read needs no lease"),
  },
  {
    name: "hermes-scans-what-is-not-valid",
    undoes: "A page shows what is committed",
    edits: inFile(SCAN, [
      '    if (!record.isValid) return visit(sortable, "unsettled");\n',
      "",
    ]),
    exposure: byTest("tests/hermes/scans_test.ts", "a scan waits for what is being written"),
  },
];
