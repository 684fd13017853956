/**
 * Bugs of what the master decides of cliques, of checks whether an epoch has ended, and of the ring.
 *
 * @module
 */
import { byTest, inFile, type Mutant } from "./mutant.ts";

const CHECKS = "protocols/master/checks.ts";
const EXECUTION = "protocols/master/execution.ts";
const LOCAL_MEMBER = "protocols/master/member.ts";
const RECONFIGURATION = "protocols/master/reconfiguration.ts";
const RING = "protocols/master/ring.ts";
const TOPOLOGY = "protocols/master/topology.ts";

const CLIQUES = "tests/master/clique_test.ts";
const CHECKS_TEST = "tests/master/checks_test.ts";
const RING_TEST = "tests/master/ring_test.ts";

export const MASTER_CLIQUES_MUTANTS: readonly Mutant[] = [
  {
    name: "clique-has-neighbours",
    undoes: "In a clique the word of each member counts against each other one",
    edits: inFile(TOPOLOGY, [
      '  const fellows = topology === "chain"\n',
      '  const fellows = topology === "chain" || members.length > 0\n',
    ]),
    exposure: byTest(CLIQUES, "expels whom any member suspects"),
  },
  {
    name: "clique-joined-says-last-member",
    undoes: "Who joins a clique says itself that it has copied everything",
    edits: inFile(EXECUTION, [
      'layout.topology === "chain" ? extended(state, command) : copied(state, command)',
      "layout.topology !== null ? extended(state, command) : copied(state, command)",
    ]),
    exposure: byTest(CLIQUES, "from who joins that it has joined"),
  },
  {
    name: "clique-keeps-lost-last-member",
    undoes: "A member whose disk is lost is gone as soon as it can be done without",
    edits: inFile(EXECUTION, [
      ".filter(({ node, birth }) => birthOf(state, node, command.volume) === birth);",
      ".filter(({ node, birth }) => birthOf(state, node, command.volume) !== birth + 0.5);",
    ]),
    exposure: byTest(CLIQUES, "lets go of the last member"),
  },
  {
    name: "clique-joins-behind-last",
    undoes: "Who joins a clique gets along with all of its members",
    edits: inFile(RECONFIGURATION, [
      '  return layout.topology === "chain"\n    ? entries.slice(-1)',
      "  return layout.topology !== null\n    ? entries.slice(-1)",
    ]),
    exposure: byTest(CLIQUES, "brings in nobody whom any member suspects"),
  },
  {
    name: "clique-waits-for-who-is-to-go",
    undoes: "Who joins need not get along with a member that is to be expelled",
    edits: inFile(RECONFIGURATION, [
      "    : entries.filter((entry) => isOfGoodStanding(configuration, entry));",
      "    : entries.filter((entry) => configuration.formed || entry.entered);",
    ]),
    exposure: byTest(CLIQUES, "get along with those who stay"),
  },
  {
    name: "clique-in-order",
    undoes: "The order of a clique means nothing, and nobody moves for it",
    edits: inFile(RECONFIGURATION, [
      'const next = circumstances.layout.topology === "chain"',
      "const next = circumstances.layout.topology !== null",
    ]),
    exposure: byTest(CLIQUES, "moves nobody for the sake of order"),
  },
  {
    name: "check-by-earlier-poll",
    undoes: "Hermes 8: a check is made after what it is asked for",
    edits: inFile(CHECKS, ["poll: this.#sent + 1 }", "poll: this.#sent }"]),
    exposure: byTest(CHECKS_TEST, "only what was asked before it was sent"),
  },
  {
    name: "check-of-ended-epoch",
    undoes: "Hermes 8: a check says that the epoch has not ended",
    edits: inFile(LOCAL_MEMBER, [
      "if (!isCurrent(check, this.#configuration)) continue;",
      "isCurrent(check, this.#configuration);",
    ]),
    exposure: byTest(CHECKS_TEST, "nor one of an epoch that has ended"),
  },
  {
    name: "check-once-only",
    undoes: "A check whose poll was lost is answered by the next",
    edits: inFile(CHECKS, [
      "this.#waiting.filter((waiting) => waiting.poll <= poll)",
      "this.#waiting.filter((waiting) => waiting.poll === poll)",
    ]),
    exposure: byTest(CHECKS_TEST, "answer what one that was lost did not"),
  },
  {
    name: "ring-of-one-point-each",
    undoes: "A node has as many points of the ring as it is to have",
    edits: inFile(RING, ["index <= virtualNodes;", "index <= Math.min(1, virtualNodes);"]),
    exposure: byTest(RING_TEST, "more even with virtual nodes than without"),
  },
  {
    name: "ring-anew-for-each-size",
    undoes: "Who comes or goes moves nobody else on the ring",
    edits: inFile(RING, [
      "const start = Math.floor((volume + 0.5) * CIRCUMFERENCE / volumes);",
      "const start = Math.floor((volume + 0.5 / nodes.length) * CIRCUMFERENCE / volumes);",
    ]),
    exposure: byTest(RING_TEST, "moves nothing but what it has to"),
  },
];
