/**
 * Bugs of gossip clusters: the traps of gossip.md, section 0, and what else its simulator holds against them.
 *
 * @module
 */
import { byTest, GOSSIP_SWARM, inFile, type Mutant } from "./mutant.ts";

const ANTI_ENTROPY = "protocols/gossip/anti_entropy.ts";
const COUNTER = "protocols/gossip/counter.ts";
const DATA = "protocols/gossip/data.ts";
const KEY_STATE = "protocols/gossip/key_state.ts";
const MAILING = "protocols/gossip/mailing.ts";
const OUTBOX = "protocols/gossip/outbox.ts";
const READS = "protocols/gossip/reads.ts";
const REPAIR = "protocols/gossip/repair.ts";
const REPORTS = "protocols/gossip/reports.ts";
const SERVING = "protocols/gossip/serving.ts";
const SIBLINGS = "protocols/gossip/siblings.ts";
const STABLE_CUT = "protocols/gossip/stable_cut.ts";
const START = "protocols/gossip/start.ts";
const STATE_TRANSFER = "protocols/gossip/state_transfer.ts";
const SWIM_LIST = "protocols/swim/member_list.ts";
const WRITES = "protocols/gossip/writes.ts";

export const GOSSIP_MUTANTS: readonly Mutant[] = [
  {
    name: "gossip-last-arrival-wins",
    undoes: "The last write wins by its stamp, wherever it arrives last",
    edits: inFile(KEY_STATE, [
      `    const order = last === undefined
      ? 1
      : compareStamps(payload.stamp, last.payload.stamp) || compareDots(dot, last.dot);
`,
      "    const order = 1;\n",
    ]),
    exposure: GOSSIP_SWARM,
  },
  {
    name: "gossip-tie-unbroken",
    undoes: "Of two writes with one stamp the greater dot wins",
    edits: inFile(KEY_STATE, [" || compareDots(dot, last.dot);", ";"]),
    exposure: byTest("tests/gossip/strategies_test.ts", "lww decides between equal stamps"),
  },
  {
    name: "gossip-removal-not-repaired",
    undoes: "What the other side knows and has not any more was superseded there",
    edits: inFile(KEY_STATE, [
      "mine.entries.filter(({ dot }) => survives(dot, theirs));",
      "mine.entries.filter(({ dot }) => survives(dot, theirs) || true);",
    ]),
    exposure: GOSSIP_SWARM,
  },
  {
    name: "gossip-ahead-forgotten",
    undoes: "What is superseded before it arrives is remembered to be",
    edits: inFile(KEY_STATE, ["ahead: ahead.filter((dot) => !knows(dot)),", "ahead: [],"]),
    exposure: GOSSIP_SWARM,
  },
  {
    name: "gossip-repair-drops-siblings",
    undoes: "A repair brings all of a key that the receiver misses",
    edits: inFile(REPAIR, [
      "const missing = entries.filter(({ dot }) => !theirs.has(dot));",
      "const missing = entries.filter(({ dot }) => !theirs.has(dot)).slice(-1);",
    ]),
    exposure: GOSSIP_SWARM,
  },
  {
    name: "gossip-put-takes-all",
    undoes: "A put without a context takes nothing away that its client has not seen",
    edits: inFile(SIBLINGS, [
      "const supersedes = operation.context ?? [];",
      "const supersedes = operation.context ?? dotsOf(entries);",
    ]),
    exposure: GOSSIP_SWARM,
  },
  {
    name: "gossip-put-answers-all",
    undoes: "What a put answers as seen, its client has seen (the put-ack rule)",
    edits: inFile(DATA, [
      "      context: uniteDots([delta.dot], unknown),",
      "      context: uniteDots(dotsOf(this.store.entries(key)), unknown),",
    ]),
    exposure: GOSSIP_SWARM,
  },
  {
    name: "gossip-counter-counts-twice",
    undoes: "Of each replica only the newest sum counts",
    edits: inFile(COUNTER, [
      "sum(newestOf(entries))",
      "sum([...newestOf(entries), ...entries].slice(-entries.length))",
    ]),
    exposure: byTest("tests/gossip/strategies_test.ts", "counter counts nothing twice"),
  },
  {
    name: "gossip-timed-tombstones",
    undoes: "A tombstone is dropped when all members are past it, not after a time",
    edits: inFile(REPORTS, [
      "const horizon = cut.horizon(id, store.clock);",
      "const horizon = { ms: replica.wallMs - 100, counter: 0 };",
    ]),
    exposure: byTest("tests/sim/scenarios_gossip_test.ts", "gossip 0.6"),
  },
  {
    name: "gossip-member-left-out-of-cut",
    undoes: "The stable cut takes all members, those that have not reported yet, too",
    edits: inFile(STABLE_CUT, [
      "      if (report === undefined) return undefined;\n",
      "      if (report === undefined) continue;\n",
    ]),
    exposure: byTest("tests/gossip/stable_cut_test.ts", "StableCut counts whom any member names"),
  },
  {
    name: "gossip-damaged-log-goes-on",
    undoes: "A replica that has lost something becomes another",
    edits: inFile(START, [
      "  if (loaded.damage !== undefined) {",
      "  if (loaded.damage !== undefined && loaded.damage.offset < 0) {",
    ]),
    exposure: GOSSIP_SWARM,
  },
  {
    name: "gossip-dots-reused",
    undoes: "Another life has another name: no dot is made twice",
    edits: inFile(START, [
      "1 + Math.floor(context.random() * (2 ** 32 - 1))",
      "1 + Math.floor(context.random() * 0)",
    ]),
    exposure: GOSSIP_SWARM,
  },
  {
    name: "gossip-mail-before-durable",
    undoes: "An event is durable before anybody hears of it",
    edits: inFile(
      WRITES,
      [
        "    mailSoon(replica, { n: delta.dot.n, bytes, isAwaited: needed > 1 });\n",
        "",
      ],
      [
        "  counts.written++;\n",
        "  counts.written++;\n  mailSoon(replica, { n: delta.dot.n, bytes: bytes.slice(), isAwaited: true });\n",
      ],
    ),
    exposure: GOSSIP_SWARM,
  },
  {
    name: "gossip-stored-before-durable",
    undoes: "What a replica says to have stored is durable there",
    edits: inFile(MAILING, [
      `  whenDurable(replica, () => {
    for (const [node, dots] of stored) {
      if (dots.count > 0) replica.send(node, { type: "stored", dots });
    }
  });
`,
      `  for (const [node, dots] of stored) {
    if (dots.count > 0) replica.send(node, { type: "stored", dots });
  }
`,
    ]),
    exposure: GOSSIP_SWARM,
  },
  {
    name: "gossip-read-before-durable",
    undoes: "A read shows no event that may be forgotten",
    edits: inFile(READS, [
      "  if (isAllDurable || (isShownDurable() && isNamedDurable())) tell();\n",
      "  if (isAllDurable || isShownDurable() || isNamedDurable() || index.size >= 0) tell();\n",
    ]),
    exposure: GOSSIP_SWARM,
  },
  {
    name: "gossip-passes-on-what-all-have",
    undoes: "What was mailed to everybody is not passed on",
    edits: inFile(MAILING, [
      `    if (outcome === "applied" && message.ttl > 0) {
      passOnLater(replica, message.ttl - 1, `,
      `    if (outcome === "applied") {
      passOnLater(replica, Math.max(0, message.ttl - 1), `,
    ]),
    exposure: GOSSIP_SWARM,
  },
  {
    name: "gossip-mailed-back",
    undoes: "No event is mailed back to where it was made",
    edits: inFile(MAILING, [
      "[sender, nodeOf(event.delta.dot.replica)]",
      "[sender]",
    ]),
    exposure: GOSSIP_SWARM,
  },
  {
    name: "gossip-hints-lost",
    undoes: "What is mailed to a member that is away is kept for it",
    edits: inFile(OUTBOX, [
      "    this.#hints.set(n, { n, bytes, at, sentAt: isSent ? at : -Infinity });\n",
      "    if (!isSent) return 0;\n    this.#hints.set(n, { n, bytes, at, sentAt: at });\n",
    ]),
    exposure: byTest("tests/gossip/mail_test.ts", "hints are mailed when a member is back"),
  },
  {
    name: "gossip-quorum-of-one",
    undoes: "A quorum is more than half of the members",
    edits: inFile(SERVING, ["      return Math.floor(members / 2) + 1;\n", "      return 1;\n"]),
    exposure: GOSSIP_SWARM,
  },
  {
    name: "gossip-token-ignored",
    undoes: "A session is served where all that it has seen is",
    edits: inFile(READS, [
      "const hasSession = () => store.clock.dominates(required);",
      "const hasSession = () => required.count >= 0;",
    ]),
    exposure: GOSSIP_SWARM,
  },
  {
    name: "gossip-past-not-told",
    undoes: "An event says what its session had seen",
    edits: inFile(WRITES, [
      "replica.wallMs, seenBefore(replica, ask.session));",
      "replica.wallMs, undefined && seenBefore(replica, ask.session));",
    ]),
    exposure: byTest("tests/gossip/session_node_test.ts", "a session that has read an answer"),
  },
  {
    name: "swim-refuted-by-others",
    undoes: "Only a member itself contradicts what is claimed of it",
    edits: inFile(SWIM_LIST, [
      '    this.take({ ...member.record, incarnation, state: "suspect", by: this.#options.node });\n',
      "    const next = incarnation + 1;\n" +
      '    this.take({ ...member.record, incarnation: next, state: "alive" });\n',
    ]),
    exposure: GOSSIP_SWARM,
  },
  {
    name: "gossip-all-but-one",
    undoes: "All are all members",
    edits: inFile(SERVING, ["      return members;\n", "      return Math.max(1, members - 1);\n"]),
    exposure: GOSSIP_SWARM,
  },
  {
    name: "gossip-mail-not-journaled",
    undoes: "What mail brings is kept, before it is said to be",
    edits: inFile(MAILING, ['  journal(replica, { type: "event", bytes });\n', ""]),
    exposure: GOSSIP_SWARM,
  },
  {
    name: "gossip-repair-not-journaled",
    undoes: "What a repair brings is kept, before it is said to be",
    edits: inFile(ANTI_ENTROPY, [
      '  if (fragments.length > 0) journal(replica, { type: "repair", repair });\n',
      "",
    ]),
    exposure: GOSSIP_SWARM,
  },
  {
    name: "gossip-gone-not-repaired",
    undoes: "A repair tells of events that are superseded, too",
    edits: inFile(REPAIR, [
      "entries: missing, gone, after, ahead };",
      "entries: missing, gone: [], after, ahead };",
    ]),
    exposure: GOSSIP_SWARM,
  },
  {
    name: "gossip-digest-without-repair",
    undoes: "Whoever sends a digest is sent what it misses",
    edits: inFile(ANTI_ENTROPY, ["  sendRepair(replica, node, report.clock);\n", ""]),
    exposure: GOSSIP_SWARM,
  },
  {
    name: "gossip-counter-starts-anew",
    undoes: "A replica's sum has in it all that it added before",
    edits: inFile(COUNTER, [
      "const total = sum(newestOf(own)) + operation.by;",
      "const total = sum(newestOf(own).slice(1)) + operation.by;",
    ]),
    exposure: GOSSIP_SWARM,
  },
  {
    name: "gossip-acknowledged-unheard",
    undoes: "A member has a write when it has said so",
    edits: inFile(WRITES, [
      "acknowledged: new Set([replica.node]),",
      "acknowledged: new Set([replica.node, ...replica.others]),",
    ]),
    exposure: GOSSIP_SWARM,
  },
  {
    name: "gossip-state-not-taken-in",
    undoes: "Whoever joins, or is reset, takes in the whole state of a member",
    edits: inFile(STATE_TRANSFER, ["    data.adopt(state, replica.wallMs);\n", ""]),
    exposure: GOSSIP_SWARM,
  },
  {
    name: "gossip-read-counts-silent",
    undoes: "Who has not answered took no part in a read",
    edits: inFile(READS, [
      "[replica.node, ...answered.keys()]",
      "[replica.node, ...replica.others]",
    ]),
    exposure: GOSSIP_SWARM,
  },
  {
    name: "swim-death-raised",
    undoes: "Nobody but a member raises its incarnation, to call it dead either",
    edits: inFile(SWIM_LIST, [
      '    this.take({ ...member.record, state: "dead", by: this.#options.node });\n',
      "    const { record } = member;\n" +
      '    this.take({ ...record, incarnation: record.incarnation + 1, state: "dead" });\n',
    ]),
    exposure: GOSSIP_SWARM,
  },
];
