/**
 * Bugs of whatever checks: the linearizability checker, the oracle, the account of faults, and
 * what watches over chains. No run of the simulator would notice, so tests have to.
 *
 * @module
 */
import { byTest, inFile, type Mutant } from "./mutant.ts";

const CHAIN_WATCH = "sim/chain/chain_watch.ts";
const ORACLE = "sim/oracle.ts";
const HISTORIES = byTest("tests/sim/checker/known_histories_test.ts");
const LIMITS = byTest("tests/sim/checker/limits_test.ts");
const ORACLE_TEST = byTest("tests/sim/oracle_test.ts");
const QUORUMS_TEST = byTest("tests/sim/quorums_test.ts");
const PROCESSES_TEST = byTest("tests/sim/processes_test.ts");

export const CHECKS_MUTANTS: readonly Mutant[] = [
  {
    name: "checker-takes-values-never-written",
    undoes: "What is read was written",
    edits: inFile("sim/checker/kv/register_model.ts", [
      "return !isKnown(op, op.output.value) || op.output.value === state ? state : undefined;",
      "return state;",
    ], [
      '        return isKnown(op, op.output.value) ? op.output.value : undefined;\n      case "delete":',
      '        return undefined;\n      case "delete":',
    ]),
    exposure: HISTORIES,
  },
  {
    name: "checker-forgets-returns",
    undoes: "An operation takes effect before it returns",
    edits: inFile("sim/checker/claim.ts", ["by: op.return ?? Infinity };", "by: Infinity };"]),
    exposure: HISTORIES,
  },
  {
    name: "checker-drops-unknown",
    undoes: "An operation of unknown outcome may take effect",
    edits: inFile("sim/checker/claim.ts", ['op.outcome === "unknown" &&', "op.return === -1 &&"]),
    exposure: HISTORIES,
  },
  {
    name: "checker-swaps-blindly",
    undoes: "A swap takes effect if the value is the expected one",
    edits: inFile("sim/checker/kv/register_model.ts", [
      "if (isKnown(op, op.output.swapped) && op.output.swapped !== swapped) return undefined;",
      "if (isKnown(op, op.output.swapped) && op.output.swapped && !swapped) return undefined;",
    ]),
    exposure: HISTORIES,
  },
  {
    name: "checker-passes-undecided",
    undoes: "What could not be decided is not passed",
    edits: inFile("sim/checker/check.ts", [
      "  if (undecided.length === 0) return {",
      "  if (undecided.length >= 0) return {",
    ]),
    exposure: LIMITS,
  },
  {
    name: "oracle-takes-values-never-written",
    undoes: "What is read was written",
    edits: inFile(
      ORACLE,
      [
        "    if (!equal(this.#model.answer(opNumber, query), reply.result)) {\n",
        "    if (equal(this.#model.answer(opNumber, query), NOTHING)) {\n",
      ],
      ["function equal(", "const NOTHING = new Uint8Array();\n\nfunction equal("],
    ),
    exposure: ORACLE_TEST,
  },
  {
    name: "oracle-takes-old-reads",
    undoes: "A read sees what was seen before it was asked for",
    edits: inFile(ORACLE, [
      "    if (isStale) return;\n",
      "    if (isStale || floor > 0) return;\n",
    ]),
    exposure: ORACLE_TEST,
  },
  {
    name: "oracle-takes-second-history",
    undoes: "All replicas commit the same",
    edits: inFile(ORACLE, [
      "      if (known.checksum === checksum && known.time === time) return;\n",
      "      if (known.time === time) return;\n",
    ]),
    exposure: ORACLE_TEST,
  },
  {
    name: "oracle-takes-second-execution",
    undoes: "A request is executed once",
    edits: inFile("sim/session_model.ts", [
      "requestNumber <= session.newest) return false;",
      "requestNumber < session.newest) return false;",
    ]),
    exposure: ORACLE_TEST,
  },
  {
    name: "oracle-takes-gaps",
    undoes: "Entries are executed without a gap",
    edits: inFile(ORACLE, [
      "      : before === previous;\n",
      "      : before <= previous;\n",
    ]),
    exposure: ORACLE_TEST,
  },
  {
    name: "promises-end-with-a-crash",
    undoes: "E1: a crash ends no promise",
    edits: inFile("sim/vr/promises.ts", [
      "    if (!isForgetful) return;\n",
      "",
    ]),
    exposure: ORACLE_TEST,
  },
  {
    name: "quorum-counted-one-short",
    undoes: "VRR 4.1: K - f replicas hold what is committed",
    edits: inFile("sim/vr/quorums.ts", [
      "return count >= this.#quorum;",
      "return count >= this.#quorum - 1;",
    ]),
    exposure: QUORUMS_TEST,
  },
  {
    name: "account-allows-one-more",
    undoes: "No more than f disks are harmed at a time",
    edits: inFile("sim/fault_account.ts", [
      "this.#harmed.size < this.#most);",
      "this.#harmed.size <= this.#most);",
    ]),
    exposure: PROCESSES_TEST,
  },
  {
    name: "watch-takes-what-is-not-durable",
    undoes: "An entry is durable before it is forwarded, and before it is acknowledged",
    edits: inFile(CHAIN_WATCH, [
      "if (this.log(node).durable >= opNumber) return;",
      "if (this.log(node).last >= opNumber) return;",
    ]),
    exposure: byTest("tests/sim/chain_watch_test.ts", "before it is durable"),
  },
  {
    name: "watch-takes-what-is-not-committed",
    undoes: "CR 3: committed is what the tail has",
    edits: inFile(CHAIN_WATCH, [
      "this.log(last.node).durable < opNumber) return false;",
      "this.log(last.node).last < opNumber) return false;",
    ]),
    exposure: byTest("tests/sim/chain_watch_test.ts", "is not at the last member"),
  },
  {
    name: "watch-takes-forks",
    undoes: "CR 3: the log of a successor is a beginning of its predecessor's",
    edits: inFile(CHAIN_WATCH, [
      "    if (other === undefined) return;\n",
      "    if (other === undefined || other > 0) return;\n",
    ]),
    exposure: byTest("tests/sim/chain_watch_test.ts", "a successor with more"),
  },
  {
    name: "watch-takes-reads-of-the-expelled",
    undoes: "Who was expelled reads nothing",
    edits: inFile(CHAIN_WATCH, [
      "if (configuration === undefined || isIn(configuration, node)) return;",
      "if (configuration === undefined || node >= 0) return;",
    ]),
    exposure: byTest("tests/sim/chain_watch_test.ts", "complains of reads and versions"),
  },
  {
    name: "watch-takes-leaps",
    undoes: "Each configuration is made of the one before",
    edits: inFile("sim/master/decided.ts", [
      "      if (place++ === may.length) {",
      "      if (place++ > may.length) {",
    ]),
    exposure: byTest("tests/sim/chain_watch_test.ts", "Decided.take()"),
  },
  {
    name: "watch-takes-expulsions-under-lease",
    undoes: "Who is expelled has no lease any more",
    edits: inFile("sim/master/lease_watch.ts", [
      "if (leftMs <= 0) continue;",
      "if (leftMs <= holder.time) continue;",
    ]),
    exposure: byTest("tests/sim/chain_watch_test.ts", "LeaseWatch"),
  },
];
