/**
 * Whom to expel, from what the nodes hold against each other. Everything follows from the configuration
 * alone, so that all replicas of the master decide the same.
 *
 * @module
 */
import type { Configuration, NodeEntry } from "./configuration.ts";
import { fellowsOf, type Topology } from "./topology.ts";

/** How many of the nodes have to agree on something. */
export function majorityOf(nodeCount: number): number {
  return Math.floor(nodeCount / 2) + 1;
}

/** Whether a node that suspects so many is likelier to be cut off itself. */
function isCutOff({ nodes }: Configuration, { node, suspects }: NodeEntry): boolean {
  return suspects.filter((other) => other !== node).length >= majorityOf(nodes.length);
}

/** Whether a majority of all nodes suspects a node. */
function isCondemned(configuration: Configuration, { node }: NodeEntry): boolean {
  const { nodes } = configuration;
  const accusers = nodes.filter((other) =>
    other.node !== node && other.suspects.includes(node) && !isCutOff(configuration, other)
  );
  return accusers.length >= majorityOf(nodes.length);
}

/** Whether nothing is held against a node, so that its own word counts. */
export function isOfGoodStanding(configuration: Configuration, entry: NodeEntry): boolean {
  return entry.entered && entry.expelling === null && !entry.suspects.includes(entry.node) &&
    !isCutOff(configuration, entry) && !isCondemned(configuration, entry);
}

/** Whether some volume has members besides the node, so that it can do without it. */
function isDispensable({ volumes }: Configuration, node: number): boolean {
  return volumes.some(({ members }) =>
    members.length > 1 && members.some((member) => member.node === node)
  );
}

/** Whether someone suspects the node who has to do with it, and whose word counts. */
function isShunned(
  configuration: Configuration,
  topology: Topology,
  { node }: NodeEntry,
): boolean {
  return configuration.volumes.some((volume) =>
    fellowsOf(topology, volume, node).some((fellow) => {
      const entry = configuration.nodes[fellow]!;
      return entry.suspects.includes(node) && isOfGoodStanding(configuration, entry);
    })
  );
}

/**
 * Whether a node is to be expelled: it says that it can make nothing durable; or a majority suspects it;
 * or a fellow of it does, of whom the same cannot be said. Of two that suspect each other it is the
 * one who is not heard first, as the other is then to be expelled and its word does not count. Never from
 * where nobody else has the data.
 */
function isToBeExpelled(
  configuration: Configuration,
  topology: Topology,
  entry: NodeEntry,
): boolean {
  if (!isDispensable(configuration, entry.node)) return false;
  return entry.suspects.includes(entry.node) || isCondemned(configuration, entry) ||
    isShunned(configuration, topology, entry);
}

/**
 * Names an intention for each node that is to be expelled, and withdraws those whose reasons are gone.
 *
 * @param nextIntention A name that none has had.
 */
export function decide(
  configuration: Configuration,
  topology: Topology,
  nextIntention: () => number,
): Configuration {
  let decided = configuration;
  for (const { node } of configuration.nodes) {
    const entry = decided.nodes[node]!;
    const isIntended = isToBeExpelled(decided, topology, entry);
    if (isIntended === (entry.expelling !== null)) continue;
    const expelling = isIntended ? nextIntention() : null;
    decided = { ...decided, nodes: decided.nodes.with(node, { ...entry, expelling }) };
  }
  return decided;
}
