/**
 * Bugs of Hermes in normal operation: INV, ACK, VAL and what is lost of them (hermes.md 4.4, 4.6, 4.8; the
 * bugs of other implementations that chain.md 6.4 lists among them).
 *
 * @module
 */
import { byTest, HERMES_SWARM, inFile, type Mutant } from "./mutant.ts";

const ACKNOWLEDGEMENT = "protocols/hermes/acknowledgement.ts";
const ADOPTION = "protocols/hermes/adoption.ts";
const FLUSH = "protocols/hermes/flush.ts";
const INVALIDATION = "protocols/hermes/invalidation.ts";
const OBJECTS = "protocols/hermes/objects.ts";
const REPLAYS = "protocols/hermes/replays.ts";
const REPLICA = "protocols/hermes/replica.ts";
const TIMESTAMP = "protocols/hermes/timestamp.ts";
const UPDATES = "protocols/hermes/updates.ts";
const VALIDATION = "protocols/hermes/validation.ts";
const TABLE_TEST = "tests/hermes/table_test.ts";

/** Objects take whatever they are given. */
const UNASSERTED = inFile(OBJECTS, [
  '    invariant(compare(update.ts, record.ts) > 0, "an object\'s timestamp only grows");\n',
  "",
]);

export const HERMES_MUTANTS: readonly Mutant[] = [
  {
    name: "hermes-acks-of-any-timestamp",
    undoes: "Hermes 3.2: an ACK names the timestamp that it is for (6.4, olympus)",
    edits: inFile(ACKNOWLEDGEMENT, [
      "if (pending !== undefined && compare(pending.update.ts, version.ts) === 0) {",
      "if (pending !== undefined) {",
    ]),
    exposure: HERMES_SWARM,
  },
  {
    name: "hermes-val-of-any-timestamp",
    undoes: "Hermes 3.2: a VAL validates the very timestamp that it names (6.4, olympus)",
    edits: inFile(VALIDATION, [
      "record.isValid || compare(ts, record.ts) !== 0) continue;",
      "record.isValid) continue;",
    ]),
    exposure: HERMES_SWARM,
  },
  {
    name: "hermes-majority-commits",
    undoes: "Hermes 3.2: all live replicas acknowledge, not some of them (6.4, olympus)",
    edits: inFile(ACKNOWLEDGEMENT, [
      "  if ((standing.othersMask & ~pending.acks) !== 0) return;\n",
      '  const given = pending.acks.toString(2).replaceAll("0", "").length;\n' +
      "  if (given * 2 < standing.others.length) return;\n",
    ]),
    exposure: HERMES_SWARM,
  },
  {
    name: "hermes-clock-goes-back",
    undoes: "Hermes 3.2: an INV of an earlier timestamp changes nothing (6.4, olympus)",
    edits: [
      ...inFile(INVALIDATION, [
        "  if (order > 0) adopt(replica, record, update, from);\n",
        "  if (order !== 0) adopt(replica, record, update, from);\n",
      ]),
      ...UNASSERTED,
    ],
    exposure: HERMES_SWARM,
  },
  {
    name: "hermes-rejects-instead-of-waiting",
    undoes: "Hermes 3.2: a write of an object that is not valid waits until it is (6.4, olympus)",
    edits: inFile(UPDATES, [
      '  wait(replica, record, command, "last");\n  proceed(replica, record);\n',
      "  if (!record.isValid) return answer(replica, command, INTERRUPTED);\n" +
      '  wait(replica, record, command, "last");\n  proceed(replica, record);\n',
    ]),
    exposure: byTest(TABLE_TEST, "commands wait in the order"),
  },
  {
    name: "hermes-trans-tells-of-what-overtook",
    undoes: "Hermes 3.2, Trans: a client is told of its own write (6.4, glycerine)",
    edits: inFile(
      UPDATES,
      [
        "export function resultOf({ update, result }: Pending)",
        "export function resultOf({ record: update, result }: Pending)",
      ],
    ),
    exposure: HERMES_SWARM,
  },
  {
    name: "hermes-trans-validates",
    undoes: "Hermes 3.2, Trans: what overtook a write is not committed by its acknowledgements",
    edits: inFile(ACKNOWLEDGEMENT, [
      "  if (isNewest) return settle(replica, record);\n  finish(replica, pending);\n",
      "  if (!record.isValid) settle(replica, record);\n  if (isNewest) return;\n" +
      "  finish(replica, pending);\n",
    ]),
    exposure: HERMES_SWARM,
  },
  {
    name: "hermes-trans-sends-what-overtook",
    undoes: "The timestamp of what is under way is kept apart from that of its object (4.2)",
    edits: inFile(REPLAYS, [
      "if ((pending.acks & bitOf(other)) === 0) list.push(pending.update);",
      "if ((pending.acks & bitOf(other)) === 0) list.push(pending.record.update);",
    ]),
    exposure: byTest(TABLE_TEST, "in Trans the operation's own update"),
  },
  {
    name: "hermes-acknowledges-before-durable",
    undoes: "What is acknowledged is durable",
    edits: inFile(FLUSH, [
      "  while (owed.length > 0 && owed[0]!.opNumber <= durability.durableOp) {",
      "  while (owed.length > 0 && owed[0]!.opNumber >= durability.durableOp - 9_999) {",
    ]),
    exposure: HERMES_SWARM,
  },
  {
    name: "hermes-own-copy-not-awaited",
    undoes: "A coordinator counts as one of those who hold its update once that is durable",
    edits: inFile(ACKNOWLEDGEMENT, [
      "  if (record.pending !== pending || !pending.isDurable) return;\n",
      "  if (record.pending !== pending) return;\n",
    ]),
    exposure: HERMES_SWARM,
  },
  {
    name: "hermes-adopts-without-a-sync",
    undoes: "What is adopted is worth a sync before it is acknowledged",
    edits: inFile(
      ADOPTION,
      [
        'import { journal } from "./flush.ts";',
        'import { journalLazily as journal } from "./flush.ts";',
      ],
    ),
    exposure: HERMES_SWARM,
  },
  {
    name: "hermes-never-sends-again",
    undoes: "Hermes 3.4: an INV that may have been lost is sent again",
    edits: inFile(REPLAYS, ["  sendAgain(replica, now - timeoutMs);\n", "  void sendAgain;\n"]),
    exposure: HERMES_SWARM,
  },
  {
    name: "hermes-never-replays",
    undoes: "Hermes 3.4: what nobody validates is replayed",
    edits: inFile(REPLAYS, [
      "  if (record.isValid || record.pending !== undefined || !standing.isLive) return;\n",
      "  if (standing.epoch >= 0) return;\n",
    ]),
    exposure: HERMES_SWARM,
  },
  {
    name: "hermes-replays-as-a-write",
    undoes: "Hermes 3.4: a replay has the timestamp, the value and the flag of what it replays",
    edits: inFile(REPLAYS, [
      "new Pending(record, record.update, undefined, NO_RESULT, now)",
      "new Pending(record, { ...record.update, isRmw: false }, undefined, NO_RESULT, now)",
    ]),
    exposure: HERMES_SWARM,
  },
  {
    name: "hermes-same-update-not-acknowledged",
    undoes: "4.4: an INV of the timestamp that the object has is acknowledged, again",
    edits: inFile(INVALIDATION, [
      "  acknowledge(replica, from, update);\n",
      "  if (order !== 0) acknowledge(replica, from, update);\n",
    ]),
    exposure: HERMES_SWARM,
  },
  {
    name: "hermes-lower-write-not-acknowledged",
    undoes: "4.4: a write that is lower than what the object has is acknowledged",
    edits: inFile(INVALIDATION, [
      "  acknowledge(replica, from, update);\n",
      "  if (order >= 0) acknowledge(replica, from, update);\n",
    ]),
    exposure: HERMES_SWARM,
  },
  {
    name: "hermes-begins-from-what-is-not-valid",
    undoes: "An update begins from what is committed",
    edits: inFile(UPDATES, [
      "queue.length > 0 && record.isValid && record.pending === undefined",
      "queue.length > 0 && record.pending === undefined",
    ]),
    exposure: HERMES_SWARM,
  },
  {
    name: "hermes-restart-takes-all-for-valid",
    undoes: "After a restart an object is valid only if the disk says that it is committed",
    edits: inFile(ADOPTION, [
      "  if (isValid) restoreValid(replica, update);\n",
      "  void isValid;\n  restoreValid(replica, update);\n",
    ]),
    exposure: HERMES_SWARM,
  },
  {
    name: "hermes-ids-without-the-node",
    undoes: "Hermes 3.3, O2: the virtual ids of nodes are disjoint",
    edits: inFile(TIMESTAMP, ["(node << LIFE_BITS) | (life % LIVES)", "(node >> 3) | 1"]),
    exposure: HERMES_SWARM,
  },
  {
    name: "hermes-lives-are-not-counted",
    undoes: "A coordinator that has forgotten an update does not give its timestamp to another",
    edits: inFile("protocols/hermes/start.ts", [
      "  replica.life++;\n",
      "  replica.life = Math.max(1, replica.life);\n",
    ]),
    exposure: HERMES_SWARM,
  },
  {
    name: "hermes-life-is-not-durable",
    undoes: "Nothing is sent before it is durable that this is another life",
    edits: inFile("protocols/hermes/start.ts", [
      "  replica.persist(() => {\n    const { context, birth, life, epoch, objects } = replica;",
      "  ((then: () => void) => then())(() => {\n    const { context, birth, life, epoch, objects } = replica;",
    ]),
    exposure: byTest("tests/hermes/lives_test.ts", "every start is another life"),
  },
  {
    name: "hermes-all-but-us-have-acknowledged",
    undoes: "Hermes 3.3, O3: whoever validates by itself holds the update durably, too",
    edits: inFile(ACKNOWLEDGEMENT, [
      "  const all = standing.othersMask | bitOf(node);\n",
      "  void node;\n  const all = standing.othersMask;\n",
    ]),
    exposure: HERMES_SWARM,
  },
  {
    name: "hermes-early-acks-of-another-update",
    undoes: "Hermes 3.3, O3: ACKs that come early count for the update that they name",
    edits: inFile(ACKNOWLEDGEMENT, [
      "  if (compare(known.ts, record.ts) === 0) record.acks = known.acks;\n",
      "  record.acks = known.acks;\n",
    ]),
    exposure: byTest("tests/hermes/options_test.ts", "O3: early ACKs of one update"),
  },
  {
    name: "hermes-acks-outlive-their-update",
    undoes: "Hermes 3.3, O3: ACKs are counted anew for a later update",
    edits: inFile(OBJECTS, ["    record.acks = 0;\n", ""]),
    exposure: HERMES_SWARM,
  },
  {
    name: "hermes-overtaken-rmw-goes-on",
    undoes: "4.4: an overtaken read-modify-write is given up, or begun anew",
    edits: [
      ...inFile(UPDATES, [
        "  if (command !== undefined && !command.isRmw) return;\n",
        "  if (command !== undefined) return;\n",
      ]),
      ...inFile(REPLICA, [
        '      invariant(isNewest || command?.isRmw === false, "only an overtaken write goes on (Trans)");\n',
        "",
      ]),
    ],
    exposure: HERMES_SWARM,
  },
];
