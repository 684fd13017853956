/**
 * Bugs of what watches over Hermes: each must be noticed by a test of the watch.
 *
 * @module
 */
import { byTest, inFile, type Mutant } from "./mutant.ts";

const HOLDINGS = "sim/hermes/holdings.ts";
const REFEREE = "sim/hermes/version_referee.ts";
const VERSIONS = "sim/hermes/versions.ts";
const WATCH = "sim/hermes/version_watch.ts";
const WATCH_TEST = "tests/sim/version_watch_test.ts";
const REFEREE_TEST = "tests/sim/version_referee_test.ts";

export const HERMES_CHECKS_MUTANTS: readonly Mutant[] = [
  {
    name: "watch-takes-two-contents",
    undoes: "A timestamp stands for one content",
    edits: inFile(VERSIONS, [
      "    if (!isSame) this.#fail(`${who} has another content",
      '    if (!isSame && who === "") this.#fail(`${who} has another content',
    ]),
    exposure: byTest(WATCH_TEST, "complains of another content"),
  },
  {
    name: "watch-takes-what-comes-between",
    undoes: "Between a committed read-modify-write and what it began from nothing is committed",
    edits: inFile(VERSIONS, [
      "    if (update.isRmw && before !== undefined && order(before.ts, update.base) !== 0) {",
      "    if (update.isRmw && before !== undefined && order(before.ts, update.base) < 0) {",
    ]),
    exposure: byTest(WATCH_TEST, "complains of two read-modify-writes"),
  },
  {
    name: "watch-takes-a-late-write-between",
    undoes: "The same, for a write that is committed after it",
    edits: inFile(VERSIONS, [
      "    if (after?.isRmw && order(after.base, update.ts) !== 0) {",
      "    if (after?.isRmw && order(after.base, update.ts) > 0) {",
    ]),
    exposure: byTest(WATCH_TEST, "complains of a write between"),
  },
  {
    name: "watch-takes-a-second-execution",
    undoes: "A request is executed once",
    edits: inFile(VERSIONS, [
      "    if (before === undefined || before === place) return;\n",
      "    if (before === undefined || before !== place) return;\n",
    ]),
    exposure: byTest(WATCH_TEST, "complains of a request that is executed twice"),
  },
  {
    name: "watch-takes-acks-of-what-is-not-durable",
    undoes: "What is acknowledged is durable",
    edits: inFile(HOLDINGS, [
      "    this.#replica(node).tickets.set(ticket, kept);\n",
      "    this.#replica(node).tickets.set(ticket, kept);\n    this.durable(node, ticket);\n",
    ]),
    exposure: byTest(WATCH_TEST, "complains of what is acknowledged before"),
  },
  {
    name: "watch-takes-what-one-lacks",
    undoes: "What is committed all hold, or something later",
    edits: inFile(WATCH, [
      "    const missing = newest?.members.find(lacks) ?? live.find(isOver ? lacked : lacks);\n",
      "    const missing = newest?.members.slice(1).find(lacks) ?? live.find((one) => isOver && lacked(one));\n",
    ]),
    exposure: byTest(WATCH_TEST, "complains of what is committed and not everywhere"),
  },
  {
    name: "watch-forgets-who-joins",
    undoes: "Who joins holds what is committed, too",
    edits: inFile(WATCH, [
      "  return joining === null ? members : [...members, joining];\n",
      "  void joining;\n  return members;\n",
    ]),
    exposure: byTest(WATCH_TEST, "counts on who joins"),
  },
  {
    name: "watch-takes-empty-members",
    undoes: "Whoever becomes a member holds what is committed",
    edits: inFile(WATCH, [
      "      if (lost === undefined) continue;\n",
      "      if (lost === undefined || node >= 0) continue;\n",
    ]),
    exposure: byTest(WATCH_TEST, "complains of a new member that lacks"),
  },
  {
    name: "watch-takes-any-base",
    undoes: "An update begins from what is committed",
    edits: inFile(WATCH, [
      "    if (!isNew || isOrigin(base)) return;\n",
      "    if (isNew || isOrigin(base)) return;\n",
    ]),
    exposure: byTest(WATCH_TEST, "complains of an update that begins"),
  },
  {
    name: "watch-takes-a-second-life",
    undoes: "Each start is another life",
    edits: inFile(WATCH, [
      "    if (life < speaker.life || (speaker.isNew && life === speaker.life)) {",
      "    if (life < speaker.life) {",
    ]),
    exposure: byTest(WATCH_TEST, "complains of a life that is lived twice"),
  },
  {
    name: "watch-takes-any-speaker",
    undoes: "Nobody speaks in an epoch of which it is not",
    edits: inFile(WATCH, [
      'if (message.type !== "outdated" && !liveOf(configuration)',
      'if (message.type === "outdated" && !liveOf(configuration)',
    ]),
    exposure: byTest(WATCH_TEST, "complains of epochs that go back"),
  },
  {
    name: "referee-takes-old-reads",
    undoes: "No answer is older than what was told before it was asked for",
    edits: inFile(REFEREE, ["    if (revision < before) {", "    if (revision > before * 2) {"]),
    exposure: byTest(REFEREE_TEST, "complains of reads that are older"),
  },
  {
    name: "referee-takes-any-answer",
    undoes: "A client is told what the execution of its request gave",
    edits: inFile(REFEREE, [
      "    if (!equal(result, reply.result)) this.fail(`${where} is not told",
      '    if (equal(result, reply.result) && where === "") this.fail(`${where} is not told',
    ]),
    exposure: byTest(REFEREE_TEST, "complains of what was never executed"),
  },
  {
    name: "referee-takes-any-refusal",
    undoes: "What changes nothing is a read of what is committed",
    edits: inFile(REFEREE, [
      "    if (after === undefined && equal(result, reply.result)) return;\n",
      "    if (after !== null || equal(result, reply.result)) return;\n",
    ]),
    exposure: byTest(REFEREE_TEST, "takes what changes nothing for a read"),
  },
  {
    name: "referee-takes-any-age",
    undoes: "A read within a bound is not older than that",
    edits: inFile(REFEREE, [
      "    if (ageMs !== null && age > ageMs * (1 + AGE_TOLERANCE) + 1) {",
      "    if (ageMs !== null && age > ageMs * 1_000 * (1 + AGE_TOLERANCE) + 1) {",
    ]),
    exposure: byTest(REFEREE_TEST, "counts what a read within a bound lacks"),
  },
];
