import { ChainCluster } from "./cluster.ts";

/** Decides that a node joins behind the members, and makes it the tail when that is asked for. */
export function extend(cluster: ChainCluster, members: readonly number[], joining: number): void {
  cluster.assign(members, { joining });
  const { epoch } = cluster.configuration!;
  const last = cluster.node(members.at(-1)!);
  cluster.until(
    () => last.toldOf("extended").some((each) => each.epoch === epoch),
    5_000,
    "the extension",
  );
  cluster.assign([...members, joining]);
}

/** A chain of the first two of three nodes. */
export function chainOfTwo(options = {}): ChainCluster {
  const cluster = ChainCluster.of(3, options);
  cluster.assign([0, 1]);
  cluster.settle();
  return cluster;
}
