import type { HermesMessage } from "../../protocols/hermes/messages.ts";
import { HermesCluster, type HermesClusterOptions } from "./cluster.ts";

/** Lets INVs reach these nodes only, of those that `from` sends; returns what undoes it. */
export function invsOnlyTo(
  cluster: HermesCluster,
  from: number,
  to: readonly number[],
): () => void {
  return cluster.onMessage(({ type }, sender, receiver) =>
    type === "inv" && sender === from && !to.includes(receiver) ? { copies: 0 } : undefined
  );
}

/** How often which message was sent. */
export function countOf(cluster: HermesCluster, type: HermesMessage["type"]): () => number {
  let count = 0;
  cluster.onMessage((message) => {
    if (message.type === type) count++;
    return undefined;
  });
  return () => count;
}

/** A cluster of three, and a client of each node. */
export function clusterOf(options: HermesClusterOptions = {}) {
  const cluster = HermesCluster.of(3, options);
  const [a, b, c] = [0, 1, 2].map((node) => cluster.session(node)) as [number, number, number];
  return { cluster, a, b, c };
}
