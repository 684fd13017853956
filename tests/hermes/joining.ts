import type { HermesMessage, HermesMessageOf } from "../../protocols/hermes/messages.ts";
import { HermesCluster, type HermesClusterOptions } from "./cluster.ts";

/** Members 0 and 1 hold some objects; node 2 is a spare. */
export function clusterOf(options: HermesClusterOptions = {}) {
  const cluster = HermesCluster.of(3, options);
  cluster.assign([0, 1]);
  const client = cluster.session(0);
  cluster.execute(client, 1, ["a=1", "b=1", "c=1", "d=1", "d!", "e=1"]);
  cluster.settle();
  return { cluster, client };
}

export const isWhole = (cluster: HermesCluster, node = 2) =>
  cluster.node(node).toldOf("extended").some(({ epoch }) => epoch === cluster.configuration!.epoch);

export function join(cluster: HermesCluster, members: readonly number[] = [0, 1], node = 2): void {
  cluster.assign(members, { joining: node });
  cluster.until(() => isWhole(cluster, node), 5_000, "a whole copy");
  cluster.assign([...members, node]);
  cluster.settle();
}

/** The messages of a kind, as they are sent from now on. */
export function sentOf<T extends HermesMessage["type"]>(cluster: HermesCluster, type: T) {
  const sent: { message: HermesMessageOf<T>; from: number; to: number }[] = [];
  cluster.onMessage((message, from, to) => {
    if (message.type === type) sent.push({ message: message as HermesMessageOf<T>, from, to });
    return undefined;
  });
  return sent;
}
