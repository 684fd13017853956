/** The verbs that show and change the members of a gossip cluster. */

import { GossipClient } from "../client/gossip_client.ts";
import type { GossipMember, GossipMembers } from "../client/gossip_members.ts";
import { formatJson, formatTable } from "../output.ts";
import { EXIT, type ExitCode, UsageError } from "./exit.ts";
import { requireGossip } from "./gossip_verbs.ts";
import type { Invocation } from "./invocation.ts";
import type { Verb } from "./table.ts";

/** How long a node may take to hand over unless `--timeout` says otherwise, in milliseconds. */
const LEAVE_MS = 15_000;

/** `kv admin members`. */
export const MEMBERS: Verb = {
  name: "members",
  summary: "list the members of a gossip cluster",
  arguments: [],
  flags: [],
  details:
    "As the first node knows them that answers, or the one that --node names. LACKS are the\n" +
    "events that a member was not known to have; SYNCED how long ago all of its own were known\n" +
    "here; CUT tells for whom tombstones wait. Only with the protocol gossip.",
  async run(invocation) {
    await requireGossip(invocation);
    const client = new GossipClient(await invocation.gossipOptions());
    const members = await client.clusterMembers(invocation.calls);
    const isJson = invocation.output === "json";
    await invocation.print(isJson ? formatJson(members) : membersAsTable(members));
    return EXIT.OK;
  },
};

/** `kv admin leave`. */
export const LEAVE: Verb = {
  name: "leave",
  summary: "have a node of a gossip cluster hand over and leave",
  arguments: [],
  flags: [],
  details:
    "--node N says which. It first brings the others what only it may have; its process goes\n" +
    "on until it is stopped. Only with the protocol gossip.",
  examples: [["kv admin leave --node 9", "then the process of node 9 can be stopped"]],
  async run(invocation) {
    const node = invocation.integer("node");
    if (node === undefined) {
      throw new UsageError("Flag --node is missing: it says which node is meant", invocation.path);
    }
    await requireGossip(invocation);
    const client = new GossipClient(await invocation.gossipOptions({ everywhere: true }));
    const timeoutMs = invocation.duration("timeout") ?? LEAVE_MS;
    const missing = await client.leave(node, { ...invocation.calls, timeoutMs });
    const text = missing.length === 0
      ? `node ${node} has left`
      : `node ${node} has left; nodes ${missing.join(", ")} may lack something that only it had`;
    await invocation.answer({ left: node, missing }, text);
    return EXIT.OK;
  },
};

/** `kv admin remove` with a gossip cluster. */
export async function removeFromGossip(invocation: Invocation, node: number): Promise<ExitCode> {
  const client = new GossipClient(await invocation.gossipOptions({ everywhere: true }));
  await client.removeMember(node, invocation.calls);
  await invocation.answer({ removed: node }, `removed node ${node}; what only it had is lost`);
  return EXIT.OK;
}

function membersAsTable({ members, closed }: GossipMembers): string {
  const table = formatTable(
    [
      { title: "NODE", align: "right" },
      { title: "STATE" },
      { title: "INCARNATION", align: "right" },
      { title: "LACKS", align: "right" },
      { title: "AHEAD", align: "right" },
      { title: "SYNCED" },
      { title: "HINTS", align: "right" },
      { title: "CUT" },
      { title: "HTTP" },
    ],
    members.toSorted((a, b) => a.node - b.node).map(memberRow),
  );
  return closed === 0 ? table : `${table}\n${closed} replicas are closed for ever\n`;
}

function memberRow(member: GossipMember): string[] {
  const { node, isLiving, incarnation, lacks, ahead, hints, isHoldingCut, http } = member;
  return [
    String(node),
    isLiving ? "living" : "away",
    String(incarnation),
    String(lacks),
    String(ahead),
    ago(member.syncedMsAgo),
    String(hints),
    isHoldingCut ? "holds" : "-",
    http || "-",
  ];
}

function ago(ms: number | null): string {
  if (ms === null) return "never";
  return ms < 10_000 ? `${Math.round(ms)} ms` : `${Math.round(ms / 1_000)} s`;
}
