/**
 * Bugs of the lives of gossip replicas: who is admitted, who is closed, and what a crash takes.
 *
 * @module
 */
import { byTest, inFile, type Mutant } from "./mutant.ts";

const ADMISSION = "protocols/gossip/admission.ts";
const ANTI_ENTROPY = "protocols/gossip/anti_entropy.ts";
const DEPARTURE = "protocols/gossip/departure.ts";
const PEERS = "protocols/gossip/peers.ts";
const REPORTS = "protocols/gossip/reports.ts";
const ADMISSION_TEST = "tests/gossip/admission_test.ts";
const PROMISES_TEST = "tests/gossip/promises_test.ts";

export const GOSSIP_LIVES_MUTANTS: readonly Mutant[] = [
  {
    name: "gossip-offers-stand",
    undoes: "Who was offered before another life of its node was known may be over",
    edits: inFile(REPORTS, ["  withdrawOffers(replica, nodeOf(id));\n", ""]),
    exposure: byTest(ADMISSION_TEST, "what a life that has ended had asked for"),
  },
  {
    name: "gossip-former-life-counts",
    undoes: "Of two lives of a node the one that lives closes the other",
    edits: inFile(REPORTS, ["  if (isFormerLife(replica, id)) return close(replica, id);\n", ""]),
    exposure: byTest(ADMISSION_TEST, "of two lives of a node"),
  },
  {
    name: "gossip-line-not-followed",
    undoes: "A stranger is admitted for whoever in its line is a member",
    edits: inFile(PEERS, [
      "if (!closed.has(admitter)) continue;",
      "if (!closed.has(admitter)) return false;",
    ]),
    exposure: byTest(ADMISSION_TEST, "whose admitter is not known"),
  },
  {
    name: "gossip-named-by-anybody",
    undoes: "Who is refused waits only for news from one that the refuser listens to",
    edits: inFile(ADMISSION, [
      "isNamedBySome(replica, message.members)",
      "isNamedBySome(replica, [...replica.members])",
    ]),
    exposure: byTest(ADMISSION_TEST, "two that only each other know"),
  },
  {
    name: "gossip-departure-forgotten",
    undoes: "That a replica leaves is durable before it is told",
    edits: inFile(DEPARTURE, [
      '  journal(replica, { type: "closed", replica: replica.id });\n',
      "",
    ]),
    exposure: byTest(ADMISSION_TEST, "a node that crashes after it has said that it leaves"),
  },
  {
    name: "gossip-cut-before-durable",
    undoes: "What is not durable here not all members have",
    edits: inFile(REPORTS, [
      `  whenDurable(replica, () => {
    replica.cut.take(report);
    forget(replica);
  });
`,
      `  replica.cut.take(report);
  forget(replica);
`,
    ]),
    exposure: byTest(PROMISES_TEST, "what is not durable yet is not shown"),
  },
  {
    name: "gossip-stalled-gathers",
    undoes: "While the journal takes no writes nothing is prepared that could not go out",
    edits: inFile(ANTI_ENTROPY, ["  if (replica.stalled !== null) return;\n", ""]),
    exposure: byTest(PROMISES_TEST, "while the journal of a node takes no writes"),
  },
];
