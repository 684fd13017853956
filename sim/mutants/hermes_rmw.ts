/**
 * Bugs of Hermes' read-modify-writes and of the requests of clients, which are executed once though there is
 * no log (hermes.md 4.5, and those of other implementations that chain.md 6.4 lists).
 *
 * @module
 */
import { byTest, HERMES_SWARM, inFile, type Mutant } from "./mutant.ts";

const ADOPTION = "protocols/hermes/adoption.ts";
const INVALIDATION = "protocols/hermes/invalidation.ts";
const JOINING = "protocols/hermes/joining.ts";
const JOINING_SESSIONS_TEST = "tests/hermes/joining_sessions_test.ts";
const KNOWN = "protocols/hermes/known_requests.ts";
const RECALL = "protocols/hermes/recall.ts";
const REPLAYS = "protocols/hermes/replays.ts";
const REPLICA = "protocols/hermes/replica.ts";
const SNAPSHOTS = "protocols/hermes/snapshots.ts";
const SESSIONS = "protocols/hermes/sessions.ts";
const TIMESTAMP = "protocols/hermes/timestamp.ts";
const LIVES_TEST = "tests/hermes/lives_test.ts";
const HOMES_TEST = "tests/hermes/homes_test.ts";
const ONCE_TEST = "tests/hermes/exactly_once_test.ts";

export const HERMES_RMW_MUTANTS: readonly Mutant[] = [
  {
    name: "hermes-timestamps-of-the-paper",
    undoes: "Between a committed read-modify-write and what it began from nothing is committed",
    edits: inFile(
      TIMESTAMP,
      [
        "  return { version: base.version + base.step + 1, cid, step: 0, stepCid: 0 };\n",
        "  return { version: base.version + 2, cid, step: 0, stepCid: 0 };\n",
      ],
      [
        "  return { version, cid, step: step + 1, stepCid };\n",
        "  return { version: version + step + 1 + cid * 0, cid: stepCid, step: 0, stepCid: 0 };\n",
      ],
    ),
    exposure: byTest("tests/sim/scenarios_hermes_rmw_test.ts", "comes right after its base"),
  },
  {
    name: "hermes-rmw-beats-write",
    undoes: "Hermes 3.6: a write beats a read-modify-write of the same state (6.4, glycerine)",
    edits: inFile(TIMESTAMP, [
      "  return { version, cid, step: step + 1, stepCid };\n",
      "  return { version: version + step + 2 + cid * 0, cid: stepCid, step: 0, stepCid: 0 };\n",
    ]),
    exposure: HERMES_SWARM,
  },
  {
    name: "hermes-stale-rmw-acknowledged",
    undoes: "Hermes 3.6: a read-modify-write that is too late is not acknowledged (6.4, glycerine)",
    edits: inFile(INVALIDATION, [
      "  if (order < 0 && update.isRmw) return refuse(replica, from, record);\n",
      "  void refuse;\n",
    ]),
    exposure: HERMES_SWARM,
  },
  {
    name: "hermes-greater-rmw-not-adopted",
    undoes: "Hermes 3.6: a read-modify-write that is later is adopted (6.4, glycerine)",
    edits: inFile(INVALIDATION, [
      "  if (order > 0) adopt(replica, record, update, from);\n",
      "  if (order > 0 && update.isRmw && record.isRmw) void adopt;\n" +
      "  else if (order > 0) adopt(replica, record, update, from);\n",
    ]),
    exposure: HERMES_SWARM,
  },
  {
    name: "hermes-refusal-keeps-silent",
    undoes: "Hermes 3.6: whoever refuses a read-modify-write sends what it has instead",
    edits: inFile(INVALIDATION, [
      '  replica.send(from, { type: "inv", updates: [update] });\n',
      "  void from;\n",
    ]),
    exposure: byTest(
      "tests/sim/scenarios_hermes_rmw_test.ts",
      "not acknowledged by who has something later",
    ),
  },
  {
    name: "hermes-refusal-without-validation",
    undoes: "4.5: a refusal by one that is valid leaves nobody waiting for a VAL",
    edits: inFile(INVALIDATION, [
      '  if (isValid) replica.send(from, { type: "val", vals: [update] });\n',
      "  void isValid;\n",
    ]),
    exposure: byTest("tests/hermes/table_test.ts", "INV comes back, and VAL after it"),
  },
  {
    name: "hermes-aborted-though-it-may-commit",
    undoes: '4.5: "aborted" is not "never happens": somebody may replay what was overtaken',
    edits: inFile(SESSIONS, [
      '      if (compare(base, record.ts) === 0) this.#put({ ...record, fate: "executed" });\n',
      '      if (compare(base, record.ts) > 0) this.#put({ ...record, fate: "executed" });\n',
    ]),
    exposure: byTest("tests/hermes/table_test.ts", "a read-modify-write is executed if what"),
  },
  {
    name: "hermes-overtaken-taken-for-executed",
    undoes: "What an overtaken read-modify-write would have returned is nobody's answer",
    edits: inFile(SESSIONS, [
      ' this.#put({ ...record, fate: "disputed" });\n',
      ' this.#put({ ...record, fate: "executed" });\n',
    ]),
    exposure: HERMES_SWARM,
  },

  // Requests

  {
    name: "hermes-requests-not-noted",
    undoes: "Whoever holds an update remembers the request that it was made for",
    edits: inFile(ADOPTION, [
      "  objects.adopt(record, update, lastWriter, context.now());\n" +
      "  sessions.overtake(update);\n  sessions.note(update);\n",
      "  objects.adopt(record, update, lastWriter, context.now());\n  sessions.overtake(update);\n",
    ]),
    exposure: HERMES_SWARM,
  },
  {
    name: "hermes-overtaken-writes-not-noted",
    undoes: "An overtaken write was executed: whoever acknowledges it remembers its request",
    edits: inFile(INVALIDATION, [
      "  else if (order < 0) remember(replica, record, update);\n",
      "  else if (order < 0) void remember;\n",
    ]),
    exposure: byTest("tests/hermes/durability_test.ts", "an earlier write is acknowledged when"),
  },
  {
    name: "hermes-replays-forget-who-asked",
    undoes: "Hermes 3.4: a replay is of the whole update, with who asked for it",
    edits: inFile(REPLAYS, [
      "new Pending(record, record.update, undefined, NO_RESULT, now)",
      "new Pending(record, { ...record.update, requester: null }, undefined, NO_RESULT, now)",
    ]),
    exposure: byTest("tests/hermes/durability_test.ts", "keeps who asked for it"),
  },
  {
    name: "hermes-homes-ask-nobody",
    undoes: "A home knows of every request of its clients that may yet be executed",
    edits: inFile(RECALL, [
      "  recalls.asking.set(clientId, recall);\n  ask(replica, recall);\n",
      "  recalls.asking.set(clientId, recall);\n  conclude(replica, recall);\n",
    ]),
    exposure: HERMES_SWARM,
  },
  {
    name: "hermes-homes-ask-one",
    undoes: "All others are asked what they know of a client",
    edits: inFile(RECALL, [
      "  if (recall.missing === 0) conclude(replica, recall);\n}\n\n/**",
      "  conclude(replica, recall);\n}\n\n/**",
    ]),
    exposure: byTest(HOMES_TEST, "a client is asked about anew when"),
  },
  {
    name: "hermes-recalled-before-settled",
    undoes: "What became of a request is told once it is certain",
    edits: inFile(RECALL, [
      "    isPending,\n  });\n",
      "    isPending: false,\n  });\n",
    ]),
    exposure: byTest(HOMES_TEST, "a write that only one replica has when"),
  },
  {
    name: "hermes-overtaken-before-certain",
    undoes: "What has overtaken a read-modify-write is committed before it is told that it is void",
    edits: inFile(SESSIONS, [' && fate !== "disputed"', ""]),
    exposure: byTest(LIVES_TEST, "what is told of a request is certain"),
  },
  {
    name: "hermes-recalls-outlive-epochs",
    undoes: "Who was no home in between asks anew",
    edits: inFile(RECALL, [
      "    if (!isNext || !isHome(replica, clientId)) recalls.confirmed.delete(clientId);\n",
      "    if (isNext && recalls.epoch < 0) recalls.confirmed.delete(clientId);\n",
    ]),
    exposure: byTest(HOMES_TEST, "a home that is one again after another one was"),
  },
  {
    name: "hermes-recall-forgets-lives",
    undoes: "Who has answered takes nothing any more of an earlier life of the one that asked",
    edits: inFile(RECALL, [
      "  whenRemembered(replica, node, life, () => tell(replica, message));\n",
      "  void [whenRemembered, node, life];\n  tell(replica, message);\n",
    ]),
    exposure: byTest(LIVES_TEST, "whoever has said what it knows of a client"),
  },
  {
    name: "hermes-fruitless-commands-forgotten",
    undoes: "A command that changed nothing is not executed by a late copy of it",
    edits: inFile(KNOWN, [
      '  if (known.fate === "executed") return answer(replica, command, replyOf(known));\n',
      '  if (known.fate !== "pending") return answer(replica, command, replyOf(known));\n',
    ]),
    exposure: byTest(ONCE_TEST, "a command that changes nothing is not answered"),
  },
  {
    name: "hermes-evicts-what-is-pending",
    undoes: "A session is not evicted while its client waits",
    edits: inFile(SESSIONS, ["      if (!isCertain(record)) continue;\n", ""]),
    exposure: byTest("tests/hermes/sessions_test.ts", "never while its request is pending"),
  },
  {
    name: "hermes-takes-back-what-it-evicted",
    undoes: "Of a session that was evicted nothing that comes late is taken",
    edits: inFile(SESSIONS, [
      "known === undefined ? this.isForgotten(record.clientId) : !isNewer(record, known)",
      "known !== undefined && !isNewer(record, known)",
    ]),
    exposure: byTest(ONCE_TEST, "does not bring back its evicted session"),
  },
  {
    name: "hermes-forgotten-comes-back-with-the-disk",
    undoes: "Of a session that was evicted no earlier request comes back with the disk",
    edits: inFile(REPLICA, ["this.isReady && journal(", "clientId < 0 && journal("]),
    exposure: byTest(LIVES_TEST, "keeps that session from coming back with the disk"),
  },
  {
    name: "hermes-evicts-while-it-gathers",
    undoes: "While sessions are copied none is evicted: who is in use is not known yet",
    edits: inFile(SESSIONS, [
      "if (surplus <= 0 || this.#isGathering) return;",
      "if (surplus <= 0) return;",
    ]),
    exposure: byTest(JOINING_SESSIONS_TEST, "forgets nobody before it has all"),
  },
  {
    name: "hermes-uses-not-copied",
    undoes: "One that joins knows who asked least recently",
    edits: inFile(JOINING, ["sessions.adopt(record, used)", "sessions.adopt(record, used * 0)"]),
    exposure: byTest(JOINING_SESSIONS_TEST, "forgets no session in use"),
  },
  {
    name: "hermes-evicts-before-it-journals",
    undoes: "A session is evicted when what it makes room for is in the journal",
    edits: inFile(SESSIONS, [
      "    this.#put({ ...record, result: record.result.slice() }, used);\n",
      "    this.#put({ ...record, result: record.result.slice() }, used);\n    this.evictSurplus();\n",
    ]),
    exposure: byTest("tests/hermes/durability_test.ts", "in whose favour one of a greater id"),
  },
  {
    name: "hermes-snapshot-of-later-evictions",
    undoes:
      "A snapshot tells of evictions as they were at its op-number: the log after it tells of later ones",
    edits: inFile(SNAPSHOTS, [
      "{ ...piece, evicted }",
      "{ ...piece, evicted: Math.max(piece.evicted, evicted) }",
    ]),
    exposure: byTest(
      "tests/hermes/durability_test.ts",
      "the sessions that came while it was taken",
    ),
  },
  {
    name: "hermes-gathers-for-ever",
    undoes: "Who is a member gathers no sessions any more",
    edits: inFile(JOINING, ["return sessions.endGathering();", "return;"]),
    exposure: byTest(JOINING_SESSIONS_TEST, "evicts sessions again"),
  },
  {
    name: "hermes-evicts-at-a-start-amid-joining",
    undoes: "One that restarts while it joins forgets nobody before it has all",
    edits: inFile("protocols/hermes/start.ts", [
      "if (replica.copiedIn !== replica.epoch) replica.sessions.endGathering();",
      "replica.sessions.endGathering();",
    ]),
    exposure: byTest(JOINING_SESSIONS_TEST, "forgets nobody before it has all"),
  },
  {
    name: "hermes-list-of-an-earlier-epoch",
    undoes: "Who is handed out was known when the epoch began, or later",
    edits: inFile(SESSIONS, [
      "clientId === 0 || this.#list?.epoch !== epoch",
      "clientId === 0 || this.#list === undefined",
    ]),
    exposure: byTest(JOINING_SESSIONS_TEST, "changes its donor amid the sessions"),
  },
  {
    name: "hermes-evictions-copied-before-the-sessions",
    undoes: "What was evicted is told of a copy when its sessions are there",
    edits: inFile(JOINING, [
      "  copy.evicted = Math.max(copy.evicted, message.evicted);\n",
      "  copy.evicted = Math.max(copy.evicted, message.evicted);\n" +
      "  replica.sessions.noteEvicted(message.evicted);\n",
    ]),
    exposure: byTest(JOINING_SESSIONS_TEST, "knows of a session in use"),
  },
  {
    name: "hermes-evictions-loaded-before-the-sessions",
    undoes: "What was evicted is told of a snapshot when its sessions are there",
    edits: inFile(SNAPSHOTS, [
      "    reading.evicted = Math.max(reading.evicted, evicted);\n",
      "    replica.sessions.noteEvicted(evicted);\n",
    ]),
    exposure: byTest("tests/hermes/durability_test.ts", "has the sessions in use"),
  },
  {
    name: "hermes-late-record-joins",
    undoes: "One that joins forgets what came late, of a session that its donor had evicted",
    edits: inFile(SESSIONS, ["id <= clientId && !others.has(id)", "id < 0 && !others.has(id)"]),
    exposure: byTest(JOINING_SESSIONS_TEST, "what comes late to one that joins"),
  },
  {
    name: "hermes-evicted-taken-for-new",
    undoes: "A session that was evicted executes nothing a second time",
    edits: inFile(SESSIONS, [
      "this.#options.isAdopting && clientId > this.#evicted && requestNumber > 0",
      "this.#options.isAdopting && requestNumber > 0",
    ]),
    exposure: HERMES_SWARM,
  },
  {
    name: "hermes-sessions-not-copied",
    undoes: "One that joins knows what was executed before",
    edits: inFile(JOINING, [
      '    if (sessions.adopt(record, used)) journal(replica, { type: "copied", session });\n',
      "    void record;\n",
    ]),
    exposure: byTest("tests/hermes/joining_test.ts", "one that has joined knows"),
  },
  {
    name: "hermes-sessions-not-in-snapshots",
    undoes: "A snapshot holds what was executed, too",
    edits: inFile("protocols/hermes/snapshots.ts", [
      "      replica.sessions.adopt(record, used);\n",
      "      void used;\n",
    ]),
    exposure: HERMES_SWARM,
  },
  {
    name: "hermes-client-ids-start-anew",
    undoes: "No client id is given out twice",
    edits: inFile("protocols/hermes/opening.ts", [
      "nextClientId(last, this.#replica.node)",
      "nextClientId(last % 16, this.#replica.node)",
    ]),
    exposure: byTest(ONCE_TEST, "sessions opened at all nodes at once"),
  },
];
