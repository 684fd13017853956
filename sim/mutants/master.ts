/**
 * Bugs of the master, and of the members that speak to it: leases, expulsions, reconfigurations, and what
 * comes late (chain.md 1.7).
 *
 * @module
 */
import { byTest, CHAIN_SWARM, inFile, type Mutant } from "./mutant.ts";

const DECISIONS = "protocols/master/decisions.ts";
const EXECUTION = "protocols/master/execution.ts";
const EXPULSIONS = "protocols/master/expulsions.ts";
const LEASE = "protocols/master/lease.ts";
const LOCAL_REPLICAS = "protocols/master/local_replicas.ts";
const MACHINE = "protocols/master/machine.ts";
const MEMBER = "protocols/master/member.ts";
const RECONFIGURATION = "protocols/master/reconfiguration.ts";
const SESSION = "protocols/master/session.ts";

const DUE = "return seenAt + leaseMs * (1 + driftBound) + staggerMs * rank;";
const IS_NOW = "volume?.epoch === said.epoch && nodes[said.node]!.entrances === said.entrance;";

export const MASTER_MUTANTS: readonly Mutant[] = [
  // Leases
  {
    name: "lease-counted-from-answer",
    undoes: "A lease lasts from when it was asked for",
    edits: inFile(MEMBER, [
      "leaseEnd(sentAt, this.#options)",
      "leaseEnd(Math.max(sentAt, this.#context.now()), this.#options)",
    ]),
    exposure: byTest("tests/master/member_test.ts", "counts a lease from when"),
  },
  {
    name: "lease-for-who-is-to-be-expelled",
    undoes: "No lease is granted to a node that is to be expelled",
    edits: inFile(MACHINE, [
      "entry.entrances > 0 && entry.expelling === null;",
      "entry.entrances > 0;",
    ]),
    exposure: CHAIN_SWARM,
  },
  {
    name: "lease-taken-though-refused",
    undoes: "A poll that is refused gives no lease",
    edits: inFile(MEMBER, [
      "    if (lease) this.#leaseUntil =",
      "    void lease;\n    this.#leaseUntil =",
    ]),
    exposure: CHAIN_SWARM,
  },
  {
    name: "poll-as-stale-read",
    undoes: "A lease is a linearizable read of the master's group",
    edits: inFile(SESSION, ['consistency: "linearizable"', 'consistency: "stale"']),
    exposure: CHAIN_SWARM,
  },
  {
    name: "expels-at-once",
    undoes: "Who is expelled has no lease any more",
    edits: inFile(LEASE, [DUE, "return seenAt + 0 * (leaseMs + driftBound) + staggerMs * rank;"]),
    exposure: CHAIN_SWARM,
  },
  {
    name: "expels-after-half-a-lease",
    undoes: "Who is expelled has no lease any more",
    edits: inFile(LEASE, [DUE, "return seenAt + leaseMs * (0.5 + driftBound) + staggerMs * rank;"]),
    exposure: CHAIN_SWARM,
  },
  {
    name: "drift-ignored",
    undoes: "A lease is waited out by the slowest clock that there may be",
    edits: inFile(LEASE, [
      DUE,
      "return seenAt + leaseMs * (1 + 0 * driftBound) + staggerMs * rank;",
    ]),
    exposure: byTest("tests/master/expulsions_test.ts", "by the slowest clock"),
  },
  {
    name: "waits-from-an-earlier-intention",
    undoes: "The wait begins when the intention is committed, not before",
    edits: inFile(EXPULSIONS, [
      "this.#expulsions.get(node)?.intention !== expelling",
      "this.#expulsions.get(node)?.intention !== expelling || now < 0",
    ], [
      "const dueAt = expulsionDue(now, this.#rank(node), this.#options);",
      "const { dueAt = expulsionDue(now, this.#rank(node), this.#options) } =\n" +
      "          this.#expulsions.get(node) ?? {};",
    ]),
    exposure: byTest("tests/master/expulsions_test.ts", "counts anew for an intention"),
  },
  {
    name: "any-intention-expels",
    undoes: "An expulsion names the intention whose wait is over",
    edits: inFile(EXECUTION, [
      "nodes[node]!.expelling !== intention",
      "nodes[node]!.expelling === null || intention < 0",
    ]),
    exposure: byTest("tests/master/decisions_test.ts", "voids an expulsion under an intention"),
  },
  {
    name: "intention-used-again",
    undoes: "An intention that is decided anew has another name",
    edits: inFile(MACHINE, ["() => ++intentions", "() => intentions + 1"]),
    exposure: byTest("tests/master/decisions_test.ts", "voids an expulsion under an intention"),
  },
  {
    name: "intention-never-withdrawn",
    undoes: "An intention whose reasons are gone is withdrawn",
    edits: inFile(DECISIONS, [
      "if (isIntended === (entry.expelling !== null)) continue;",
      "if (!isIntended || entry.expelling !== null) continue;",
    ]),
    exposure: byTest("tests/master/decisions_test.ts", "withdraws an intention"),
  },
  // Whom to expel
  {
    name: "one-distant-suspicion-is-enough",
    undoes: "A majority condemns, or a neighbour (6.4, go-craq)",
    edits: inFile(DECISIONS, [
      "return accusers.length >= majorityOf(nodes.length);",
      "return accusers.length > 0;",
    ]),
    exposure: byTest("tests/master/decisions_test.ts", "expels whom a majority suspects"),
  },
  {
    name: "who-is-cut-off-expels-others",
    undoes: "Who suspects a majority is likelier to be cut off itself",
    edits: inFile(DECISIONS, [
      "return suspects.filter((other) => other !== node).length >= majorityOf(nodes.length);",
      "return suspects.filter((other) => other !== node).length > nodes.length;",
    ]),
    exposure: byTest("tests/master/decisions_test.ts", "takes no notice of a node that suspects"),
  },
  {
    name: "both-of-two-expelled",
    undoes: "Of two that suspect each other one stays",
    edits: inFile(DECISIONS, [
      "return entry.entered && entry.expelling === null && !entry.suspects",
      "return entry.entered && !entry.suspects",
    ]),
    exposure: byTest("tests/master/decisions_test.ts", "the one of two that is accused first"),
  },
  {
    name: "last-survivor-expelled",
    undoes: "Who has the only copy is never expelled",
    edits: [
      ...inFile(DECISIONS, ["    members.length > 1 && members.some", "    members.some"]),
      ...inFile(EXECUTION, [
        "    if (members.length > 1) expelled =",
        "    void members;\n    expelled =",
      ]),
    ],
    exposure: CHAIN_SWARM,
  },
  {
    name: "wiped-survivor-removed",
    undoes: "Who had the only copy keeps its place: it may come back with its disk",
    edits: inFile(EXECUTION, ["return isGone && members.length > 1 ?", "return isGone ?"]),
    exposure: byTest("tests/master/machine_test.ts", "keeps the place of a last member"),
  },
  {
    name: "wiped-survivor-extends",
    undoes: "A last member whose disk is lost has nothing to hand on",
    edits: inFile(EXECUTION, [
      "    last.birth === birthOf(state, command.node, command.volume);",
      "    birthOf(state, command.node, command.volume) !== undefined;",
    ]),
    exposure: byTest("tests/master/machine_test.ts", "lets nobody copy from a last member"),
  },
  {
    name: "new-birth-ignored",
    undoes: "A replica on another disk is another one: its place is lost",
    edits: inFile(EXECUTION, [
      "  return isGone && members.length > 1 ? withoutMember(taken, volume, node) : taken;",
      "  if (!isGone || members.length === 1) return taken;\n" +
      "  return withVolume(taken, volume, {\n" +
      "    members: members.map((member) => member.node === node ? { node, birth } : member),\n" +
      "  });",
    ]),
    exposure: CHAIN_SWARM,
  },
  // What comes late
  {
    name: "late-entrance-counts",
    undoes: "The entrance of a process that has died undoes no later one",
    edits: inFile(EXECUTION, [
      "if (after !== nodes[node]!.entrances) return",
      "if (after > nodes[node]!.entrances) return",
    ]),
    exposure: byTest("tests/master/machine_test.ts", "voids an entrance"),
  },
  {
    name: "late-report-counts",
    undoes: "What a process said that has died since is void",
    edits: inFile(EXECUTION, [
      "entrances === 0 || command.entrance !== entrances",
      "entrances === 0",
    ]),
    exposure: byTest("tests/master/decisions_test.ts", "voids a report"),
  },
  {
    name: "extended-of-earlier-life-counts",
    undoes: "What the last member said before it restarted is void",
    edits: inFile(EXECUTION, [IS_NOW, "volume?.epoch === said.epoch && nodes.length > 0;"]),
    exposure: byTest("tests/master/machine_test.ts", "voids what the last member said"),
  },
  {
    name: "extended-of-earlier-epoch-counts",
    undoes: "What was said in an earlier epoch is void",
    edits: inFile(EXECUTION, [IS_NOW, "nodes[said.node]!.entrances === said.entrance;"]),
    exposure: byTest("tests/master/machine_test.ts", "voids what was said in an earlier epoch"),
  },
  {
    name: "anyone-extends",
    undoes: "Only the last member says that the chain is extended",
    edits: inFile(EXECUTION, ["last?.node === command.node &&", "last !== undefined &&"], [
      "    last.birth === birthOf(state, command.node, command.volume);",
      "    birthOf(state, command.node, command.volume) !== undefined;",
    ]),
    exposure: byTest("tests/master/machine_test.ts", "takes it only from the last member"),
  },
  {
    name: "statement-of-earlier-incarnation-passed-on",
    undoes: "What a replica said before it restarted is forgotten",
    edits: inFile(LOCAL_REPLICAS, [
      "epoch: 0, said: undefined };",
      "epoch: 0, said: known?.said };",
    ]),
    exposure: byTest("tests/master/member_restarts_test.ts", "forgets what a replica said"),
  },
  {
    name: "place-before-entrance",
    undoes: "A replica that restarts has its place once the master knows of it",
    edits: inFile(LOCAL_REPLICAS, [
      "!replica.hasEntered || replica.epoch >= volume.epoch",
      "replica.epoch >= volume.epoch",
    ]),
    exposure: byTest(
      "tests/master/member_restarts_test.ts",
      "gives a replica that restarts its place",
    ),
  },
  {
    name: "older-configuration-installed",
    undoes: "A configuration that comes late is not installed over a newer one",
    edits: inFile(MEMBER, [
      "if (configuration.version <= this.#version) return;",
      "if (configuration.version === this.#version) return;",
    ]),
    exposure: byTest("tests/master/member_test.ts", "installs no older configuration"),
  },
  {
    name: "answer-to-earlier-poll-counts",
    undoes: "A lease counts from the poll that was answered",
    edits: inFile(SESSION, [
      "    const sent = this.#polls.get(nonce);",
      "    const sent = [...this.#polls.values()].at(-1);",
    ]),
    exposure: byTest("tests/master/session_test.ts", "says of each answered poll"),
  },
  {
    name: "number-of-command-repeated",
    undoes: "No two commands to the master share a number",
    edits: inFile(SESSION, [
      "    this.#openings++;\n",
      "    this.#openings++;\n    this.#ticket = 1;\n" +
      "    if (this.#submitted !== undefined) this.#submitted = { ...this.#submitted, ticket: 1 };\n",
    ]),
    exposure: byTest("tests/master/session_test.ts", "never repeats a number"),
  },
  // Reconfigurations
  {
    name: "newcomer-is-tail-at-once",
    undoes: "CR 3.3: a newcomer is the tail once it has the data (6.4, zowens)",
    edits: inFile(RECONFIGURATION, [
      "return { volume: { ...volume, joining }, isPlaced: false };",
      "return { volume: { ...volume, members: [...volume.members, joining] }, isPlaced: false };",
    ]),
    exposure: CHAIN_SWARM,
  },
  {
    name: "epochs-go-back",
    undoes: "Epochs grow with every change",
    edits: inFile(MACHINE, [
      "epoch: old.epoch + 1 }",
      "epoch: old.epoch < 3 ? old.epoch + 1 : 2 }",
    ]),
    exposure: CHAIN_SWARM,
  },
  {
    name: "same-epoch-for-other-members",
    undoes: "Epochs grow with every change",
    edits: inFile(MACHINE, [
      "epoch: old.epoch + 1 }",
      "epoch: old.epoch + (volume.members.length < old.members.length ? 0 : 1) }",
    ]),
    exposure: CHAIN_SWARM,
  },
  {
    name: "two-reconfigurations-at-once",
    undoes: "One reconfiguration at a time, each derived from the one before",
    edits: inFile(RECONFIGURATION, [
      "if (volume.joining !== null || volume.leaving !== null) return",
      "if (volume.leaving !== null) return",
    ]),
    exposure: byTest("tests/master/random_commands_test.ts", "keeps its rules"),
  },
  {
    name: "leaves-before-it-has-stopped",
    undoes: "Who is removed has stopped serving",
    edits: inFile(RECONFIGURATION, [
      "return { volume: { ...volume, leaving: node }, isPlaced: false };",
      "const members = volume.members.filter((member) => member.node !== node);\n" +
      "  return { volume: { ...volume, members }, isPlaced: false };",
    ]),
    exposure: CHAIN_SWARM,
  },
  {
    name: "newcomer-that-nobody-reaches",
    undoes: "Nobody joins behind a last member that suspects it",
    edits: inFile(RECONFIGURATION, [
      "      !host.suspects.includes(entry.node) && !entry.suspects.includes(host.node)\n",
      "      host.node !== entry.node\n",
    ]),
    exposure: byTest("tests/master/decisions_test.ts", "brings in nobody whom"),
  },
  {
    name: "moves-without-being-told",
    undoes: "The order of a chain is left alone until an operator wants another",
    edits: inFile(RECONFIGURATION, [
      'masterDataCenter === undefined || topology === "clique") return isMoving;',
      'masterDataCenter === undefined || topology === "clique") return true;',
    ]),
    exposure: byTest("tests/master/reconfiguration_test.ts", "leaves the order of a chain alone"),
  },
  {
    name: "deaf-neighbour-not-reported",
    undoes: "A neighbour that takes nothing is held up to the master",
    edits: inFile("protocols/chain/neighbours.ts", [
      "  reports.accuse(accused);\n",
      "",
    ]),
    exposure: byTest("tests/chain/neighbours_test.ts", "a successor that takes nothing"),
  },
];
