/** Questions about the members of a gossip cluster, as operators ask them. */

import type { MemberFigures } from "../../protocols/gossip/figures.ts";
import { Unavailable } from "./errors.ts";
import { askNode, type Probe } from "./nodes.ts";
import { readField, readJson, readList } from "./wire.ts";

/** A member, as a node knows it. */
export interface GossipMember extends MemberFigures {
  /** Where it serves clients; empty if that is not known. */
  readonly http: string;
  /** Where it talks to its peers. */
  readonly address: string;
}

/** What a node says of the members. */
export interface GossipMembers {
  /** By node. */
  readonly members: readonly GossipMember[];
  /** How many replicas are closed for ever. */
  readonly closed: number;
}

/** Asks the nodes in turn, until one answers. */
export async function membersOf(
  endpoints: readonly string[],
  probe: Probe,
): Promise<GossipMembers> {
  return await inTurn(endpoints, async (endpoint) => {
    const answer = await askNode(endpoint, { method: "GET", path: "/v1/admin/members" }, probe);
    const json = readJson(answer);
    for (const member of readList(answer, json, "members")) {
      readField(answer, member, "node", "number");
      readField(answer, member, "isLiving", "boolean");
    }
    readField(answer, json, "closed", "number");
    return json as unknown as GossipMembers;
  });
}

/** Has some node close the replicas of another one for ever; it may be asked for again. */
export async function removeMember(
  endpoints: readonly string[],
  node: number,
  probe: Probe,
): Promise<void> {
  const query = { node: String(node) };
  const request = { method: "POST", path: "/v1/admin/remove", query } as const;
  await inTurn(endpoints, (endpoint) => askNode(endpoint, request, probe));
}

/** Has a node hand over what others may miss, and leave; returns the members that may lack something. */
export async function leaveAt(endpoint: string, probe: Probe): Promise<readonly number[]> {
  const query = { timeout: `${Math.max(1, Math.floor(probe.timeoutMs * 0.9))}ms` };
  const request = { method: "POST", path: "/v1/admin/leave", query } as const;
  const json = readJson(await askNode(endpoint, request, probe));
  return Array.isArray(json.missing) ? json.missing as readonly number[] : [];
}

async function inTurn<T>(
  endpoints: readonly string[],
  ask: (endpoint: string) => Promise<T>,
): Promise<T> {
  const failures: string[] = [];
  for (const endpoint of endpoints) {
    try {
      return await ask(endpoint);
    } catch (error) {
      if (!(error instanceof Unavailable)) throw error;
      failures.push(error.message);
    }
  }
  throw new Unavailable(failures.join("; "));
}
