/** The verbs of operators. */

import { type NodeReached, Unavailable } from "../client.ts";
import { formatJson, formatTable } from "../output.ts";
import { ADD, CHAIN, REBALANCE, REMOVE, SHOW } from "./layout_verbs.ts";
import { EXIT, UsageError } from "./exit.ts";
import { LEAVE, MEMBERS } from "./gossip_member_verbs.ts";
import type { Invocation } from "./invocation.ts";
import type { Verb } from "./table.ts";

/** `kv crash`, `kv admin crash`. */
export const CRASH: Verb = {
  name: "crash",
  summary: "crash an actor of a node, to see it recover",
  arguments: [{ name: "ACTOR", help: "its name; `kv admin actors` lists them" }],
  flags: [],
  details: "--node N says where. Nodes allow it only when started with --dev. The actor's\n" +
    "supervisor restarts it; `kv status` counts the restarts.",
  examples: [
    ["kv crash replica --node 2", "the replica of node 2 recovers from its journal"],
    ["kv crash volume-0/replica --node 1", "the same, with the protocols chain and hermes"],
  ],
  async run(invocation) {
    const actor = invocation.arguments[0]!;
    const node = requiredNode(invocation);
    await invocation.clusterClient().crashActor(node, actor, invocation.calls);
    await invocation.answer({ node, actor, crashed: true }, `crashed ${actor} on node ${node}`);
    return EXIT.OK;
  },
};

const ACTORS: Verb = {
  name: "actors",
  summary: "list the actors of every node",
  arguments: [],
  flags: [],
  async run(invocation) {
    const reached = await reachedNodes(invocation);
    if (invocation.output === "json") {
      const list = reached.map(({ node, status }) => ({ node, actors: status.actors }));
      await invocation.print(formatJson(list));
      return EXIT.OK;
    }
    const rows = reached.flatMap(({ node, status }) =>
      status.actors.map((actor) => [
        String(node),
        actor.name,
        actor.state,
        String(actor.incarnation),
        String(actor.mailbox),
        String(actor.mailboxHighWater),
        String(actor.processed),
        String(actor.restarts),
      ])
    );
    await invocation.print(formatTable(ACTOR_COLUMNS, rows));
    return EXIT.OK;
  },
};

const ACTOR_COLUMNS = [
  { title: "NODE", align: "right" },
  { title: "ACTOR" },
  { title: "STATE" },
  { title: "INCARNATION", align: "right" },
  { title: "MAILBOX", align: "right" },
  { title: "HIGHEST", align: "right" },
  { title: "PROCESSED", align: "right" },
  { title: "RESTARTS", align: "right" },
] as const;

const READY: Verb = {
  name: "ready",
  summary: "show whether a node can serve, check by check",
  arguments: [],
  flags: [],
  details: `--node N says which. The exit code is ${EXIT.UNAVAILABLE} if it is not ready.`,
  async run(invocation) {
    const node = requiredNode(invocation);
    const { ready, text } = await invocation.clusterClient().readiness(node, invocation.calls);
    await invocation.answer({ node, ready, text }, text.trimEnd());
    return ready ? EXIT.OK : EXIT.UNAVAILABLE;
  },
};

const METRICS: Verb = {
  name: "metrics",
  summary: "print a node's figures in Prometheus's format",
  arguments: [],
  flags: [],
  details: "--node N says which.",
  async run(invocation) {
    const node = requiredNode(invocation);
    const text = await invocation.clusterClient().metrics(node, invocation.calls);
    await invocation.answer({ node, text }, text.trimEnd());
    return EXIT.OK;
  },
};

/** `kv admin`. */
export const ADMIN: Verb = {
  name: "admin",
  summary: "what operators do to nodes, and to who replicates what",
  arguments: [{ name: "VERB", help: "one of the verbs below" }],
  flags: [],
  verbs: [ACTORS, ADD, CHAIN, CRASH, LEAVE, MEMBERS, METRICS, READY, REBALANCE, REMOVE, SHOW],
};

function requiredNode(invocation: Invocation): number {
  const node = invocation.integer("node");
  if (node !== undefined) return node;
  throw new UsageError("Flag --node is missing: it says which node is meant", invocation.path);
}

/** The nodes that answer, or the one that `--node` names; those that do not are named on stderr. */
async function reachedNodes(invocation: Invocation): Promise<readonly NodeReached[]> {
  const { io } = invocation;
  const node = invocation.integer("node");
  const reports = await invocation.clusterClient().status(invocation.calls);
  const wanted = node === undefined ? reports : reports.filter((report) => report.node === node);
  const reached = wanted.filter((report): report is NodeReached => report.status !== null);
  for (const report of wanted) {
    if (report.status === null) await io.stderr.write(`${report.error.message}\n`);
  }
  if (reached.length > 0) return reached;
  throw new Unavailable(node === undefined ? "No node answers" : `Node ${node} was not reached`);
}
