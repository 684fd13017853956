/**
 * Bugs of gossip where the simulator's clusters do not get: large states, states that are taken over slowly, what
 * is told of retries and removals.
 *
 * @module
 */
import { byTest, inFile, type Mutant } from "./mutant.ts";

const READS = "protocols/gossip/reads.ts";
const REPAIR = "protocols/gossip/repair.ts";
const SNAPSHOT = "protocols/gossip/snapshot.ts";
const WRITES = "protocols/gossip/writes.ts";
const ADOPTION_TEST = "tests/gossip/adoption_test.ts";
const LARGE_TEST = "tests/gossip/large_test.ts";
const LEVELS_TEST = "tests/gossip/levels_test.ts";
const SESSION_TEST = "tests/gossip/session_node_test.ts";

export const GOSSIP_LIMITS_MUTANTS: readonly Mutant[] = [
  {
    name: "gossip-closed-here-is-closed-everywhere",
    undoes: "Tombstones are kept until nobody listens any more to who was removed",
    edits: inFile("protocols/gossip/stable_cut.ts", [
      "  for (const id of this.#reports.get(self)!.closed) others.add(id);\n",
      "",
    ]),
    exposure: byTest("tests/gossip/forgetting_test.ts", "until nobody listens any more"),
  },
  {
    name: "gossip-strangers-not-asked",
    undoes: "Who knows nobody that lives asks whoever does",
    edits: inFile("protocols/gossip/anti_entropy.ts", [
      "[...members, ...aStranger(replica)]",
      "members.length > 99 ? aStranger(replica) : members",
    ]),
    exposure: byTest("tests/gossip/lives_test.ts", "who was removed hears of that"),
  },
  {
    name: "gossip-repairs-however-much",
    undoes: "Who misses more events than a clock has gaps for gets the whole state",
    edits: inFile(REPAIR, ['  if (gaps > GAPS_MAX) return "reset";\n', ""]),
    exposure: byTest(LARGE_TEST, "very many events"),
  },
  {
    name: "gossip-fragment-of-any-length",
    undoes: "What a member misses of a key fits a message, or it gets the whole state",
    edits: inFile(REPAIR, [
      "fragmentBytes(fragment) > FRAGMENT_BYTES_MAX",
      "bytesOfNothing(fragment)",
    ], [
      "function isTooMuch(",
      "const bytesOfNothing = (_fragment: Fragment) => false;\n\nfunction isTooMuch(",
    ]),
    exposure: byTest(LARGE_TEST, "a key of more than a message"),
  },
  {
    name: "gossip-key-in-one-row",
    undoes: "A key of more than a chunk goes in several",
    edits: inFile(SNAPSHOT, ["bytes + size > PART_BYTES && part.length > 0", "bytes < 0"]),
    exposure: byTest(LARGE_TEST, "a key of more than a chunk"),
  },
  {
    name: "gossip-read-brings-no-names",
    undoes: "Whoever gets an event knows for which request it was made",
    edits: inFile(READS, [
      "takeRepair(replica, repair, requests)",
      "takeRepair(replica, repair, requests && [])",
    ]),
    exposure: byTest(LEVELS_TEST, "where the event came by a read"),
  },
  {
    name: "gossip-adopted-counts-at-once",
    undoes: "What a whole state has brought is known to all when it is durable",
    edits: inFile("protocols/gossip/anti_entropy.ts", [
      "replica.stalled === null && !replica.transfer.isAdopting",
      "replica.stalled === null",
    ]),
    exposure: byTest(ADOPTION_TEST, "counts as known to all when it is durable"),
  },
  {
    name: "gossip-repeats-before-durable",
    undoes: "A retry is answered of what is durable",
    edits: inFile(WRITES, ["isReady: () => !replica.transfer.isAdopting", "isReady: () => true"]),
    exposure: byTest(ADOPTION_TEST, "a retry is answered of what a whole state"),
  },
  {
    name: "gossip-futile-removal-forgets-session",
    undoes: "A session that removes what is removed already has seen that",
    edits: inFile(WRITES, [
      "asked === null ? null : sessionRemoving(replica, asked, key)",
      "asked?.token === undefined ? null : asked.token",
    ]),
    exposure: byTest(SESSION_TEST, "does not see again what it has removed"),
  },
  {
    name: "gossip-futile-removal-keeps-any-level",
    undoes: "A removal that finds nothing to remove says who knows of the one before",
    edits: inFile(WRITES, [
      "needed <= 1 || isKnownToAll",
      "needed <= 1 || isKnownToAll || entries >= 0",
    ]),
    exposure: byTest(LEVELS_TEST, "says that others may not know"),
  },
  {
    name: "gossip-waits-for-what-never-was-here",
    undoes: "A write comes after what its session had seen, and this node has",
    edits: inFile(WRITES, ["  return seen.meet(replica.data.store.clock);\n", "  return seen;\n"]),
    exposure: byTest(SESSION_TEST, "what was lost with a member"),
  },
  {
    name: "gossip-token-before-durable",
    undoes: "A token names no event of the node itself that may be forgotten",
    edits: inFile(READS, [
      "(isShownDurable() && isNamedDurable())",
      "(isShownDurable() || !isNamedDurable)",
    ]),
    exposure: byTest(SESSION_TEST, "even one that names all"),
  },
  {
    name: "gossip-retries-in-turn",
    undoes: "Retries at a node go to the same member",
    edits: inFile("protocols/gossip/coordinator.ts", [
      "      ? ask.requester.client\n",
      "      ? this.#turn++\n",
    ]),
    exposure: byTest(LEVELS_TEST, "a retry at the same node"),
  },
  {
    name: "gossip-promise-at-the-bound",
    undoes: "A promise binds the next life, also of a store whose newest stamp is at the bound",
    edits: inFile("protocols/gossip/hybrid_clock.ts", [
      "if (boundMs >= this.#ms)",
      "if (boundMs > this.#ms)",
    ]),
    exposure: byTest("tests/gossip/hybrid_clock_test.ts", "whose newest stamp is at the bound"),
  },
  {
    name: "gossip-counts-own-sums-twice",
    undoes: "Of the sums of a replica the newest counts, its own included",
    edits: inFile("protocols/gossip/counter.ts", [
      "sum(newestOf(own)) + operation.by",
      "sum(own) + operation.by",
    ]),
    exposure: byTest("tests/gossip/strategies_test.ts", "a counter that goes on after a crash"),
  },
  {
    name: "gossip-retry-passed-on-amid-adoption",
    undoes: "Only who has not heard of a write is passed over by its retries",
    edits: inFile(WRITES, [
      'giveUp: () => answer({ type: "unknown" }),',
      'giveUp: () => answer({ type: "unavailable", why: "a planted bug" }),',
    ]),
    exposure: byTest("tests/gossip/adoption_test.ts", "is passed on to nobody"),
  },
];
