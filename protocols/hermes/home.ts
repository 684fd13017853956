/**
 * Where a client's requests are executed: at one node at a time, whichever it asks. Only that one has to
 * know of every request of the client that may yet be executed.
 *
 * @module
 */

/** Client ids are given out in this many classes, one for each node: the id modulo this is its index. */
export const CLIENT_CLASSES = 8;

/** Nonces from here on tell for which node a session is opened. */
const TELLING = 2 ** 52;

/**
 * A nonce to open a session for a node with, whoever opens it: not every node replicates volume 0, where
 * sessions are opened, and yet each is to execute the requests of its own clients itself.
 *
 * @param random From 0 to 1.
 */
export function nonceFor(node: number, random: number): number {
  return TELLING + Math.floor(random * (TELLING / CLIENT_CLASSES)) * CLIENT_CLASSES + node;
}

/** The node that a session is opened for; `undefined` if the nonce does not tell. */
export function wishOf(nonce: number): number | undefined {
  return nonce < TELLING ? undefined : nonce % CLIENT_CLASSES;
}

/** The node that executes a client's requests, of those that serve; `undefined` if none does. */
export function homeOf(clientId: number, servers: readonly number[]): number | undefined {
  const own = clientId % CLIENT_CLASSES;
  if (servers.includes(own)) return own;
  return servers[Math.floor(clientId / CLIENT_CLASSES) % servers.length];
}

/** The first client id after one whose home is this node, where it serves. */
export function nextClientId(after: number, node: number): number {
  const first = after + 1;
  return first + (node - first % CLIENT_CLASSES + CLIENT_CLASSES) % CLIENT_CLASSES;
}
