/**
 * Bugs of a chain's epochs, of its extension and of disks that were lost (chain.md 1.5 to 1.7).
 *
 * @module
 */
import { byTest, CHAIN_SWARM, inFile, type Mutant } from "./mutant.ts";

const EPOCHS = "protocols/chain/epochs.ts";
const EXTENSION = "protocols/chain/extension.ts";
const FORWARDING = "protocols/chain/forwarding.ts";
const JOINING = "protocols/chain/joining.ts";
const RECONFIGURATION = "protocols/chain/reconfiguration.ts";
const START = "protocols/chain/start.ts";
const UPDATES = "protocols/chain/updates.ts";

const OF_EPOCH = "return message.epoch === position.epoch && position.epoch > 0";

export const CHAIN_EPOCHS_MUTANTS: readonly Mutant[] = [
  {
    name: "no-epoch-check",
    undoes: "Messages of another epoch are not taken (6.4, zowens and go-craq)",
    edits: inFile(EPOCHS, [OF_EPOCH, "return position.epoch > 0"]),
    exposure: byTest(
      "tests/chain/reconfiguration_test.ts",
      "a replica that hears of a later epoch",
    ),
  },
  {
    name: "updates-of-anyone-taken",
    undoes: "Updates come from the predecessor of the epoch, over its link",
    edits: [
      ...inFile(EPOCHS, [OF_EPOCH, "return position.epoch > 0"]),
      ...inFile(
        UPDATES,
        [
          "  if (message.node !== position.predecessor) return false;\n",
          "  if (position.predecessor === null) return false;\n",
        ],
        ["message.link === joining.link)", "message.link !== 0 && joining.link > 0)"],
      ),
    ],
    exposure: byTest(
      "tests/chain/reconfiguration_test.ts",
      "a late message of the old predecessor",
    ),
  },
  {
    name: "acknowledgements-of-anyone-taken",
    undoes: "Acknowledgements come from the successor of the epoch, over its link",
    edits: [
      ...inFile(EPOCHS, [OF_EPOCH, "return position.epoch > 0"]),
      ...inFile("protocols/chain/acknowledgement.ts", [
        "  if (message.node !== position.successor || message.link !== replica.link.number) return;\n",
        "  if (position.successor === null) return;\n",
      ]),
    ],
    exposure: byTest("tests/chain/extension_test.ts", "what an earlier newcomer has acknowledged"),
  },
  {
    name: "expelled-replica-not-told",
    undoes: "Who speaks in an epoch that is over is told so (6.4, zowens)",
    edits: inFile(EPOCHS, [
      "  else if (message.epoch < position.epoch) tell(replica, message.node);\n",
      "  else void tell;\n",
    ]),
    exposure: byTest("tests/chain/reconfiguration_test.ts", "a head that was expelled"),
  },
  {
    name: "later-epoch-not-asked-about",
    undoes: "Who hears of a later epoch has the master asked",
    edits: inFile(EPOCHS, [
      "  if (message.epoch > position.epoch) replica.reports.outdated(message.epoch);\n  else if (",
      "  if (",
    ]),
    exposure: byTest(
      "tests/chain/reconfiguration_test.ts",
      "a replica that hears of a later epoch",
    ),
  },
  {
    name: "replica-goes-back-an-epoch",
    undoes: "Epochs never go back",
    edits: inFile(RECONFIGURATION, [
      "volume.epoch <= replica.position.epoch || volume.epoch < replica.epoch",
      "volume.epoch === replica.position.epoch",
    ]),
    exposure: byTest("tests/chain/reconfiguration_test.ts", "a replica never goes back"),
  },
  {
    name: "epoch-forgotten-at-restart",
    undoes: "Epochs never go back, not even after a restart",
    edits: inFile(START, [
      "    if (loaded.damage === undefined) return becomeReady(replica);",
      "    replica.epoch = 0;\n    if (loaded.damage === undefined) return becomeReady(replica);",
    ]),
    exposure: byTest("tests/chain/reconfiguration_test.ts", "a replica never goes back"),
  },
  {
    name: "newcomer-declared-without-the-data",
    undoes: "CR 3.3: the new tail has everything that was committed (6.4, go-craq)",
    edits: inFile(
      EXTENSION,
      [
        "    if (log.opNumber - link.received > CLOSE || context.now() < extension.againAt) return;\n",
        "    void [log, CLOSE];\n",
      ],
      ["  if (link.received >= replica.commitNumber) declareTail", "  declareTail"],
    ),
    exposure: CHAIN_SWARM,
  },
  {
    name: "no-freeze",
    undoes: "Once a newcomer may be the tail, the old one commits nothing more (6.4, KoningR)",
    edits: inFile("protocols/chain/commit.ts", [
      "return isLast && !isLeaving && !replica.extension.isFrozen;",
      "return isLast && !isLeaving;",
    ]),
    exposure: CHAIN_SWARM,
  },
  {
    name: "freeze-forgotten-at-restart",
    undoes: "Who has declared the newcomer the tail knows it after a crash, too",
    edits: inFile(RECONFIGURATION, [
      "const isDeclared = replica.extended === volume.epoch;",
      "const isDeclared = false;",
    ]),
    exposure: byTest("tests/chain/extension_test.ts", "a last member that has declared"),
  },
  {
    name: "thaws-after-declaration",
    undoes: "Once the newcomer is declared the tail there is no way back",
    edits: inFile(EXTENSION, [
      "if (!extension.isFrozen || extension.isDeclared) return;",
      "if (!extension.isFrozen) return;",
    ]),
    exposure: byTest("tests/chain/extension_test.ts", "from the declaration on"),
  },
  {
    name: "never-thaws",
    undoes: "A chain stops for a newcomer for a moment only",
    edits: inFile(EXTENSION, [
      "  if (!extension.isFrozen || extension.isDeclared) return;",
      "  if (extension.frozenAt >= 0) return;",
    ]),
    exposure: byTest("tests/chain/extension_test.ts", "the last member does not wait for long"),
  },
  {
    name: "log-prefix-assumed",
    undoes: "A log is continued only if it is a beginning of the predecessor's (6.4, zowens)",
    edits: inFile(FORWARDING, [
      "if (!log.contains(opNumber, head)) {",
      "if (opNumber > log.opNumber || (log.checksumAt(opNumber) === undefined && head.length > 0)) {",
    ]),
    exposure: CHAIN_SWARM,
  },
  {
    name: "forked-suffix-kept",
    undoes: "Who joins drops what was never committed",
    edits: inFile(JOINING, [
      "if (common !== undefined) return dropAfter(replica, common);",
      "void dropAfter;\n  if (common !== undefined) return resume(replica);",
    ]),
    exposure: CHAIN_SWARM,
  },
  {
    name: "damaged-log-counted-on-before-it-is-gone",
    undoes: "A damaged replica joins when the damage is gone from its disk",
    edits: inFile(
      START,
      ["  replica.persist();\n", "  replica.persist(() => becomeReady(replica));\n"],
      [
        "truncate(replica.log.opNumber, () => becomeReady(replica))",
        "truncate(replica.log.opNumber)",
      ],
    ),
    exposure: byTest("tests/chain/dropping_test.ts", "one whose log was damaged is counted on"),
  },
  {
    name: "dropped-entries-counted-on-before-they-are-gone",
    undoes: "A newcomer says nothing of its log before what it has dropped is gone from its disk",
    edits: inFile(JOINING, ["  joining.isDropping = true;\n", "  resume(replica);\n"]),
    exposure: byTest("tests/chain/dropping_test.ts", "is gone from its disk"),
  },
  {
    name: "damaged-log-keeps-birth",
    undoes: "A replica whose log is damaged is another one",
    edits: inFile(START, [
      "if (loaded.damage === undefined) return becomeReady(replica);",
      "if (loaded.damage !== null) return becomeReady(replica);",
    ]),
    exposure: byTest("tests/chain/dropping_test.ts", "one whose log is damaged"),
  },
  {
    name: "wiped-replica-takes-its-place",
    undoes: "A replica on another disk is no member",
    edits: inFile("protocols/chain/position.ts", [
      "each.node === node && each.birth === birth",
      "each.node === node && birth > 0",
    ]),
    exposure: byTest("tests/chain/dropping_test.ts", "one whose log is damaged"),
  },
  {
    name: "evicted-session-adopted-again",
    undoes: "A session that was evicted is never taken for a new one",
    edits: inFile("protocols/sessions.ts", [
      "      this.#lastClientId = Math.max(this.#lastClientId, oldest);\n",
      "",
    ]),
    exposure: byTest("tests/protocols/sessions_test.ts", "takes a client of another log"),
  },
  {
    name: "evictions-missing-from-snapshot",
    undoes: "Which sessions were evicted is part of the state",
    edits: inFile("protocols/sessions.ts", [
      "    this.#lastClientId = lastClientId;\n",
      "    this.#lastClientId = this.isAdopting ? 0 : lastClientId;\n",
    ]),
    exposure: byTest("tests/protocols/sessions_test.ts", "brings back who was evicted"),
  },
];
