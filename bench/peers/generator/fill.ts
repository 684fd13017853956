import type { Measured } from "../measurement.ts";
import { BATCH, closedLoop, SLIDING } from "./closed_loop.ts";
import type { FillRequest } from "./requests.ts";
import { RespConversation } from "./resp.ts";
import { ZookeeperConversation } from "./zookeeper.ts";

const CONNECTIONS = 64;
/** In flight in the one session that creates ZooKeeper's keys, in order. */
const CREATES_IN_FLIGHT = 256;

/** Writes every key once over Redis's protocol. */
export function fillResp({ port, keys, valueBytes }: FillRequest): Promise<Measured> {
  let next = 0;
  const nextKey = () => next++ % keys;
  const work = { pipeline: 1, writes: 1, keys, valueBytes, wait: "none" as const, seed: 1 };
  return checked(closedLoop({
    ports: [port],
    connections: CONNECTIONS,
    inFlight: 1,
    refill: BATCH,
    operations: keys,
    open: (port, index) => RespConversation.open(port, work, index, nextKey),
  }));
}

/** Creates every key of ZooKeeper's, unless it is there. */
export function fillZookeeper({ port, keys, valueBytes }: FillRequest): Promise<Measured> {
  const work = { writes: 1, syncs: false, keys, valueBytes, seed: 1 };
  return checked(closedLoop({
    ports: [port],
    connections: 1,
    inFlight: CREATES_IN_FLIGHT,
    refill: SLIDING,
    operations: keys,
    open: async (port, index) =>
      (await ZookeeperConversation.open(port, work, index)).createFrom(0),
  }));
}

/** Fails if any of the writes did. */
async function checked(filling: Promise<Measured>): Promise<Measured> {
  const measured = await filling;
  if (measured.errors > 0) {
    throw new Error(`Cannot write every key: ${measured.errors} of ${measured.requests} failed`);
  }
  return measured;
}
