/**
 * Bugs of execution, sessions and snapshots: what a client table does.
 *
 * @module
 */
import { byTest, inFile, type Mutant, SWARM } from "./mutant.ts";

const TABLE = "protocols/client_table.ts";
const SESSIONS = "protocols/sessions.ts";

export const EXECUTION_MUTANTS: readonly Mutant[] = [
  {
    name: "executes-twice-after-view-change",
    undoes: "VRR 4.1: a request is executed once, however often it is in the log",
    edits: inFile(TABLE, [
      "    if (known !== undefined) return known;\n    const result",
      '    if (known?.type === "noSession") return known;\n    const result',
    ]),
    exposure: SWARM,
  },
  {
    name: "executes-newest-request-again",
    undoes: "VRR 4.1: the newest request of a client is answered from its record",
    edits: inFile(SESSIONS, [
      "request.requestNumber > session.requestNumber)",
      "request.requestNumber >= session.requestNumber)",
    ]),
    exposure: SWARM,
  },
  {
    name: "skips-every-second-request",
    undoes: "VRR 4.1: a request with a higher number is new",
    edits: inFile(SESSIONS, [
      "request.requestNumber > session.requestNumber)",
      "request.requestNumber > session.requestNumber + 1)",
    ]),
    exposure: SWARM,
  },
  {
    name: "executes-again-after-replica-restart",
    undoes: "An entry that is executed is not executed again",
    edits: inFile(TABLE, [
      "    if (opNumber > this.#executed) {\n" +
      "      invariant(opNumber === this.#executed + 1, `entry ${opNumber} follows ${this.#executed}`);\n",
      "    {\n",
    ]),
    exposure: byTest("tests/protocols/client_table_test.ts", "out of order"),
  },
  {
    name: "in-flight-survives-view",
    undoes: "E13: what is in flight is derived from the log of the view",
    edits: inFile(TABLE, [
      '    for (const waiter of this.#inFlight.takeAll()) this.#reply(waiter, { type: "interrupted" });\n',
      "",
    ]),
    exposure: SWARM,
  },
  {
    name: "session-missing-from-snapshot",
    undoes: "E13: sessions are part of the state",
    edits: inFile(
      SESSIONS,
      ["count: this.#sessions.size };", "count: Math.max(0, this.#sessions.size - 1) };"],
      [
        "    for (const [clientId, session] of this.#sessions) {\n",
        "    for (const [clientId, session] of [...this.#sessions].slice(1)) {\n",
      ],
    ),
    exposure: SWARM,
  },
  {
    name: "request-number-missing-from-snapshot",
    undoes: "E13: what was executed for a client is part of the state",
    edits: inFile(SESSIONS, [
      "page.push({ clientId, ...session });",
      "page.push({ clientId, ...session, requestNumber: Math.max(0, session.requestNumber - 1) });",
    ]),
    exposure: SWARM,
  },
  {
    name: "result-missing-from-snapshot",
    undoes: "E13: what was answered to a client is part of the state",
    edits: inFile(SESSIONS, [
      "page.push({ clientId, ...session });",
      "page.push({ clientId, ...session, result: NO_RESULT, resultBytes: 0 });",
    ]),
    exposure: SWARM,
  },
  {
    name: "session-ids-used-again",
    undoes: "Ids of sessions are never used again",
    edits: inFile(SESSIONS, [
      "    this.#lastClientId = lastClientId;\n",
      "    void lastClientId;\n",
    ]),
    exposure: SWARM,
  },
  {
    name: "snapshot-of-another-op",
    undoes: "A snapshot holds the state after the op-number in its name",
    edits: inFile(TABLE, [
      "    if (message.op !== this.#executed || isDeclined) {\n",
      "    if (isDeclined) {\n",
    ]),
    exposure: byTest("tests/protocols/client_table_test.ts", "takes no snapshot"),
  },
  {
    name: "wrong-op-after-restore",
    undoes: "What is restored is the state after the snapshot's op-number",
    edits: inFile(TABLE, [
      "    this.#executed = reader.op;\n",
      "    this.#executed = reader.op - 1;\n",
    ]),
    exposure: SWARM,
  },
  {
    name: "restore-into-old-state",
    undoes: "A snapshot replaces the whole state",
    edits: inFile("protocols/kv/store.ts", [
      "    const tree = new CowTree<KeyRecord>();\n    const slabs",
      "    const tree = this.#tree;\n    const slabs",
    ]),
    exposure: SWARM,
  },
  {
    name: "snapshot-shows-later-writes",
    undoes: "A snapshot holds the state of one moment",
    edits: inFile("protocols/kv/store.ts", [
      "snapshotChunks(this.#revision, this.#tree.freeze());",
      "snapshotChunks(this.#revision, this.#tree);",
    ]),
    exposure: byTest("tests/kv/snapshot_test.ts", "describes the moment"),
  },
  {
    name: "executes-while-restoring",
    undoes: "Entries wait until the snapshot before them is restored",
    edits: inFile(TABLE, [
      "return this.#reader === undefined ? this.#execute(message) : this.#context.stash(message);",
      "return this.#execute(message);",
    ]),
    exposure: SWARM,
  },
  {
    name: "committed-entries-handed-over-twice",
    undoes: "Entries are handed to the client table in order",
    edits: inFile("protocols/vr/execution.ts", [
      "    const entry = log.get(execution.sent + 1);\n",
      "    const entry = log.get(Math.max(1, execution.sent));\n",
    ]),
    exposure: SWARM,
  },
  {
    name: "execution-begins-anew-with-view",
    undoes: "E18: a new primary goes on with what is being executed",
    edits: inFile("protocols/vr/view_change.ts", [
      "  forgetExits(replica);\n  Object.assign(replica.viewChange, { entering: false, attempts: 0 });",
      "  replica.execution.sent = replica.execution.executed;\n" +
      "  forgetExits(replica);\n  Object.assign(replica.viewChange, { entering: false, attempts: 0 });",
    ]),
    exposure: byTest("tests/vr/errata_test.ts", "E18"),
  },
  {
    name: "fetched-snapshot-replaced",
    undoes: "A snapshot that is being fetched is kept until it is there",
    edits: inFile("protocols/vr/snapshots.ts", [
      "  if (shares < HELD_UP_MAX && isFetched(replica)) return;\n",
      "",
    ]),
    exposure: byTest("tests/vr/laggard_test.ts", "however much is written meanwhile"),
  },
];
