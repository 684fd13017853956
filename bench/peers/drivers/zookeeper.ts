import { keyCount } from "../load.ts";
import { type Driver, portsOf, type Target } from "./driver.ts";

/**
 * Loads ZooKeeper with our own client: as many operations in flight as there would be connections.
 *
 * @param reads Whether reads are as ZooKeeper's are, or each comes after a `sync`.
 * @param sessions How many sessions they are spread over at most, each a connection.
 */
export function zookeeper(reads: "local" | "synced", sessions = Infinity): Driver {
  return {
    name: "own ZooKeeper client",
    protocol: "zookeeper",
    canMake: ({ writes, pipeline }) => pipeline === 1 && (reads === "local" || writes === 0),
    async fill(target: Target, valueBytes: number) {
      const [port] = portsOf(target, "zookeeper");
      const keys = keyCount(valueBytes);
      await target.generator.measure({ kind: "zookeeper fill", port: port!, keys, valueBytes });
    },
    measure: (target, { writes, connections, valueBytes }, run) =>
      target.generator.measure({
        kind: "zookeeper",
        ports: portsOf(target, "zookeeper"),
        keys: keyCount(valueBytes),
        inFlight: connections,
        sessions: Math.min(sessions, connections),
        syncs: reads === "synced",
        writes,
        valueBytes,
        ...run,
      }),
  };
}
