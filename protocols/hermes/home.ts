/**
 * Where a client's requests are executed: at one node at a time, whichever it asks. Only that one has to
 * know of every request of the client that may yet be executed.
 *
 * @module
 */

/** Client ids are given out in this many classes, one for each node: the id modulo this is its index. */
export const CLIENT_CLASSES = 8;

/** The node that executes a client's requests, of those that serve; `undefined` if none does. */
export function homeOf(clientId: number, servers: readonly number[]): number | undefined {
  const own = clientId % CLIENT_CLASSES;
  if (servers.includes(own)) return own;
  return servers[Math.floor(clientId / CLIENT_CLASSES) % servers.length];
}

/** The first client id after one whose home is this node. */
export function nextClientId(after: number, node: number): number {
  const first = after + 1;
  return first + (node - first % CLIENT_CLASSES + CLIENT_CLASSES) % CLIENT_CLASSES;
}
