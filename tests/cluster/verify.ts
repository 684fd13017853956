import { KvClient } from "../../cli/client.ts";
import type { Consistency } from "../../transport/service.ts";
import { type Load, WRITTEN } from "./load.ts";
import type { NodeProcess } from "./node_process.ts";
import type { ProcessCluster } from "./processes.ts";

/** Differences that are shown; the rest are counted. */
const SHOWN = 10;

/**
 * Stops the load and checks that nothing is lost, doubled or made up: at every node all that was
 * acknowledged can be read, nothing else is there, and the logs of all nodes agree.
 */
export async function verify(cluster: ProcessCluster, load: Load): Promise<void> {
  await load.stop();
  await cluster.settled();
  for (const node of cluster.nodes) {
    const wrong = await differences(node, load, "linearizable");
    if (wrong !== "") throw new Error(`Node ${node.index} answers wrongly:\n${wrong}`);
  }
  for (const node of cluster.nodes) {
    // What is committed is executed a little later.
    let wrong = "";
    await cluster.until(`node ${node.index} holds what was acknowledged`, async () => {
      wrong = await differences(node, load, "stale");
      return wrong === "";
    }).catch((error) => {
      throw new Error(`Node ${node.index} holds something else:\n${wrong}`, { cause: error });
    });
  }
}

/** How what a node holds differs from what it must hold; empty if it does not. */
async function differences(
  node: NodeProcess,
  load: Load,
  consistency: Consistency,
): Promise<string> {
  const kv = new KvClient({ endpoints: [node.url], consistency, preferPrimary: false });
  const missing = new Map(load.acknowledged);
  const wrong: string[] = [];
  for await (const entry of kv.scan({ prefix: WRITTEN, pageSize: 1_000 })) {
    const { key, version } = entry;
    const expected = missing.get(key);
    missing.delete(key);
    if (expected === undefined) {
      const what = load.refused.has(key) ? "was refused" : "was never acknowledged";
      wrong.push(`${key} is there, and ${what}`);
    } else if (entry.text() !== expected) {
      wrong.push(`${key} has another value`);
    } else if (version !== 1) {
      wrong.push(`${key} was written ${version} times`);
    }
  }
  for (const key of missing.keys()) wrong.push(`${key} was acknowledged, and is not there`);
  for (const { key, acknowledged } of load.counters) {
    const entry = await kv.find(key);
    const value = entry === null ? 0 : Number(entry.text());
    if (value !== acknowledged) {
      wrong.push(`${key} is ${value}, and ${acknowledged} increments were acknowledged`);
    }
  }
  const rest = wrong.length > SHOWN ? [`and ${wrong.length - SHOWN} more`] : [];
  return [...wrong.slice(0, SHOWN), ...rest].join("\n");
}
