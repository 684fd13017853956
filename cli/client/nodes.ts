/** Questions to single nodes, as operators ask them. */

import type { TroupeError } from "../../actors/errors.ts";
import { BadAnswer, Unavailable } from "./errors.ts";
import { type ApiAnswer, type ApiRequest, exchange, type Fetch } from "./exchange.ts";
import type { NodeReached, NodeReport, NodeUnreachable } from "./types.ts";
import type { ClusterChange, ClusterLayout } from "../../transport/service.ts";
import { readLayout, readStatus, refusalOf } from "./wire.ts";

/** How a single node is asked. */
export interface Probe {
  readonly fetch: Fetch;
  readonly timeoutMs: number;
  readonly signal?: AbortSignal | undefined;
}

/**
 * Sends a request to one node, once: what an operator asks of a node is not asked of another.
 *
 * @throws {Unavailable} if it does not answer.
 * @throws {TroupeError} the refusal, if it refuses.
 */
export async function askNode(
  endpoint: string,
  request: ApiRequest,
  probe: Probe,
): Promise<ApiAnswer> {
  const { fetch, timeoutMs, signal } = probe;
  const { answer, failure } = await exchange(fetch, endpoint, request, timeoutMs, signal);
  signal?.throwIfAborted();
  if (failure !== undefined) {
    throw new Unavailable(`The node at ${endpoint} cannot be asked: ${failure.reason}`);
  }
  if (answer.status >= 400 && !request.anyStatus) throw refusalOf(answer);
  return answer;
}

/** Crashes an actor of the node. */
export async function crashActorAt(endpoint: string, name: string, probe: Probe): Promise<void> {
  const path = `/v1/dev/actors/${encodeURIComponent(name)}/crash`;
  await askNode(endpoint, { method: "POST", path }, probe);
}

/**
 * Asks the nodes about who replicates what, one after the other until one answers: they all ask the same
 * master. What is changed is changed to the same however often it is asked for.
 */
export async function askMaster(
  endpoints: readonly string[],
  change: ClusterChange | undefined,
  probe: Probe,
): Promise<ClusterLayout> {
  const failures: string[] = [];
  for (const endpoint of endpoints) {
    try {
      return readLayout(await askNode(endpoint, masterRequest(change), probe));
    } catch (error) {
      if (!(error instanceof Unavailable)) throw error;
      failures.push(error.message);
    }
  }
  throw new Unavailable(failures.join("; "));
}

function masterRequest(change: ClusterChange | undefined): ApiRequest {
  if (change === undefined) return { method: "GET", path: "/v1/admin/show" };
  const query: Record<string, string> = "node" in change ? { node: String(change.node) } : {};
  return { method: "POST", path: `/v1/admin/${change.type}`, query };
}

/** Whether a node can serve, and its checks as it words them. */
export interface Readiness {
  /** Whether every check passed. */
  readonly ready: boolean;
  /** One line a check, and a verdict. */
  readonly text: string;
}

/** Asks the node whether it can serve. */
export async function readinessAt(endpoint: string, probe: Probe): Promise<Readiness> {
  const query = { verbose: "true" };
  const request: ApiRequest = { method: "GET", path: "/readyz", query, anyStatus: true };
  const { status, body } = await askNode(endpoint, request, probe);
  return { ready: status === 200, text: new TextDecoder().decode(body) };
}

/** Asks the node for its figures. */
export async function metricsAt(endpoint: string, probe: Probe): Promise<string> {
  const { body } = await askNode(endpoint, { method: "GET", path: "/metrics" }, probe);
  return new TextDecoder().decode(body);
}

/**
 * Asks every endpoint for its status, and then those nodes that only the others know of.
 *
 * @returns one report a node, ordered by index; endpoints of unknown nodes come last.
 */
export async function surveyNodes(
  endpoints: readonly string[],
  probe: Probe,
): Promise<readonly NodeReport[]> {
  const direct = await Promise.all(endpoints.map((endpoint) => askStatus(endpoint, probe)));
  const reached = new Map<number, NodeReached>();
  for (const report of direct) if (report.status !== null) reached.set(report.node, report);
  const known = addressBook(reached.values());
  const failed = direct.filter((report) => report.status === null)
    .map((report) => ({ ...report, node: nodeAt(known, report.endpoint) }));
  const others = [...known].filter(([node]) =>
    !reached.has(node) && !failed.some((report) => report.node === node)
  );
  const indirect = await Promise.all(others.map(async ([node, endpoint]) => {
    const report = await askStatus(endpoint, probe);
    return report.status === null ? { ...report, node } : report;
  }));
  // An address that did not answer is no news of a node that did at another one.
  const lost = failed.filter(({ node }) => node === null || !reached.has(node));
  return [...reached.values(), ...indirect, ...lost].sort((a, b) =>
    (a.node ?? Infinity) - (b.node ?? Infinity) || a.endpoint.localeCompare(b.endpoint)
  );
}

/** The protocol of the cluster, as the first of the nodes says that answers; `undefined` if none does. */
export async function protocolOf(
  endpoints: readonly string[],
  probe: Probe,
): Promise<string | undefined> {
  const asked = new AbortController();
  const signals = [asked.signal, ...(probe.signal === undefined ? [] : [probe.signal])];
  const signal = AbortSignal.any(signals);
  try {
    return await Promise.any(endpoints.map(async (endpoint) => {
      const report = await askStatus(endpoint, { ...probe, signal });
      if (report.status === null) throw report.error;
      return report.status.protocol;
    }));
  } catch {
    probe.signal?.throwIfAborted();
    return undefined;
  } finally {
    asked.abort();
  }
}

async function askStatus(endpoint: string, probe: Probe): Promise<NodeReport> {
  try {
    const answer = await askNode(endpoint, { method: "GET", path: "/v1/status" }, probe);
    const status = readStatus(answer);
    return { endpoint, node: status.node, status };
  } catch (error) {
    if (error instanceof Unavailable || error instanceof BadAnswer) {
      return { endpoint, node: null, status: null, error };
    }
    throw error;
  }
}

/** Where the reached nodes say that their peers serve HTTP, by index. */
function addressBook(reports: Iterable<NodeReached>): Map<number, string> {
  const book = new Map<number, string>();
  for (const { status } of reports) {
    for (const peer of status.peers) {
      if (peer.http !== "") book.set(peer.node, peer.http.replace(/\/+$/, ""));
    }
  }
  return book;
}

function nodeAt(book: ReadonlyMap<number, string>, endpoint: string): number | null {
  for (const [node, address] of book) if (address === endpoint) return node;
  return null;
}

/** Finds a node by its index; an error that names those that there are, if there is none. */
export function pickNode(reports: readonly NodeReport[], node: number): NodeReached {
  const report = reports.find((candidate) => candidate.node === node);
  if (report !== undefined && report.status !== null) return report;
  throw report === undefined ? unknownNode(reports, node) : unreached(report, node);
}

function unreached(report: NodeUnreachable, node: number): TroupeError {
  return new Unavailable(`Node ${node} cannot be reached: ${report.error.message}`);
}

function unknownNode(reports: readonly NodeReport[], node: number): TroupeError {
  const there = reports.filter(({ status }) => status !== null).map((report) => report.node);
  const nodes = there.length === 0 ? "none was reached" : `reached were ${there.join(", ")}`;
  return new Unavailable(`Node ${node} was not found: ${nodes}`);
}
