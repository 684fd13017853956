/** The verbs that show and change who replicates what, with a protocol that has a master. */

import type { ClusterLayout, VolumeLayout } from "../../transport/service.ts";
import { formatJson, formatTable } from "../output.ts";
import { EXIT, type ExitCode } from "./exit.ts";
import { isGossip } from "./gossip_flags.ts";
import { removeFromGossip } from "./gossip_member_verbs.ts";
import type { Invocation } from "./invocation.ts";
import type { Verb } from "./table.ts";
import { parseInteger } from "./values.ts";

const NODE = { name: "NODE", help: "the index of a node" };
const MASTER_ONLY = "Only with the protocols chain and hermes.";

/** `kv admin show`. */
export const SHOW: Verb = {
  name: "show",
  summary: "show who replicates what",
  arguments: [],
  flags: [],
  details: `What the master has decided; of a chain its head first, its tail last. ${MASTER_ONLY}`,
  run: async (invocation) =>
    await show(invocation, await invocation.clusterClient().layout(invocation.calls)),
};

/** `kv admin chain`. */
export const CHAIN: Verb = { ...SHOW, name: "chain", summary: "the same as kv admin show" };

/** `kv admin add`. */
export const ADD: Verb = {
  name: "add",
  summary: "let a node replicate again, after it was removed",
  arguments: [NODE],
  flags: [],
  details: `It joins each volume that has a place for it; a chain behind the tail.\n${MASTER_ONLY}`,
  run: (invocation) => change(invocation, "add"),
};

/** `kv admin remove`. */
export const REMOVE: Verb = {
  name: "remove",
  summary: "take a node out of every volume, or out of a gossip cluster",
  arguments: [NODE],
  flags: [],
  details:
    "Another node takes its place first, if there is one; then it leaves. Refused for the\n" +
    `last member of a volume. \`kv admin show\` shows how far it is.\n` +
    "With gossip its replicas are closed at once and for ever: do it for a node that will not come\n" +
    "back; one that can be reached had better leave (kv admin leave). Not with the protocol vr.",
  examples: [["kv admin remove 2", "then the machine of node 2 can be switched off"]],
  async run(invocation) {
    if (!await isGossip(invocation)) return await change(invocation, "remove");
    return await removeFromGossip(invocation, nodeOf(invocation));
  },
};

/** `kv admin rebalance`. */
export const REBALANCE: Verb = {
  name: "rebalance",
  summary: "move every volume to where it should be",
  arguments: [],
  flags: [],
  details:
    "After failures, others may have what a node had, and those that return stand at the tail\n" +
    "of every chain. One member at a time moves, under load, until all is again where the\n" +
    `placement wants it. ${MASTER_ONLY}`,
  async run(invocation) {
    const client = invocation.clusterClient();
    return await show(
      invocation,
      await client.changeLayout({ type: "rebalance" }, invocation.calls),
    );
  },
};

function nodeOf(invocation: Invocation): number {
  return parseInteger(invocation.arguments[0]!, "NODE", 0, invocation.path);
}

async function change(invocation: Invocation, type: "add" | "remove"): Promise<ExitCode> {
  const node = nodeOf(invocation);
  const client = invocation.clusterClient();
  return await show(invocation, await client.changeLayout({ type, node }, invocation.calls));
}

async function show(invocation: Invocation, configuration: ClusterLayout): Promise<ExitCode> {
  const isJson = invocation.output === "json";
  await invocation.print(isJson ? formatJson(configuration) : layoutAsTable(configuration));
  return EXIT.OK;
}

/** One row a volume, and below it what is to be said of single nodes. */
export function layoutAsTable(layout: ClusterLayout): string {
  const { formed, version, volumes, nodes, topology } = layout;
  const isChain = topology === "chain";
  const missing = nodes.filter(({ entered }) => !entered).map(({ node }) => node);
  if (!formed) return `Not formed yet: waiting for nodes ${missing.join(", ")}\n`;
  const table = formatTable(
    [
      { title: "VOLUME", align: "right" },
      { title: "EPOCH", align: "right" },
      { title: isChain ? "ORDER" : "MEMBERS" },
      { title: "JOINING", align: "right" },
      { title: "LEAVING", align: "right" },
      { title: "WRITABLE" },
    ],
    volumes.map((volume) => [
      String(volume.volume),
      String(volume.epoch),
      membersOf(volume, isChain),
      volume.joining === null ? "-" : String(volume.joining.node),
      volume.leaving === null ? "-" : String(volume.leaving),
      volume.writable && volume.members.length > 0 ? "yes" : "no",
    ]),
  );
  const remarks = nodes.flatMap(({ node, wanted, expelling, suspects }) => [
    ...(wanted ? [] : [`node ${node} was removed`]),
    ...(expelling === null ? [] : [`node ${node} is being expelled`]),
    ...(suspects.length === 0 ? [] : [`node ${node} suspects ${suspects.join(", ")}`]),
  ]);
  return [table, `\nversion ${version}\n`, ...remarks.map((remark) => `${remark}\n`)].join("");
}

/** Where all members are equal their order means nothing. */
function membersOf({ members }: VolumeLayout, isChain: boolean): string {
  const nodes = members.map(({ node }) => node);
  const shown = isChain ? nodes.join(" > ") : nodes.toSorted((a, b) => a - b).join(", ");
  return shown || "(nobody)";
}
