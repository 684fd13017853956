/**
 * The ways to the volumes of a node, and to the master, whatever the protocol.
 *
 * @module
 */
import { RESP_IN_FLIGHT_MAX } from "../../transport/resp/server.ts";
import { MASTER } from "../../protocols/master/names.ts";
import { volumeNames } from "../../protocols/volume_names.ts";
import { Gateway, type GatewayOptions } from "../../transport/gateway.ts";
import type { ClusterAdmin, ClusterLayout, Requests } from "../../transport/service.ts";
import { SessionPool } from "../../transport/session_pool.ts";
import { VolumeRouter, type VolumeRouterOptions } from "../../transport/volume_router.ts";
import { MasterAdmin } from "./master_admin.ts";
import type { ProtocolNodeOptions } from "./protocol_node.ts";

/** Sessions that the master keeps, for members and operators; see `OpenSession`. */
const MASTER_SESSIONS_MAX = 256;
/** Changes of the configuration under way at once. */
const MASTER_IN_FLIGHT_MAX = 16;

type Means = Pick<ProtocolNodeOptions, "system" | "config">;

/** How requests find their volume, and what their sessions are opened under. */
export type VolumeRequestsOptions =
  & Omit<VolumeRouterOptions, "volumes">
  & Pick<GatewayOptions, "nonce">;

/** The way to so many volumes: each request goes to that of its object. */
export function volumeRequests(
  { system, config }: Means,
  volumes: number,
  { nonce, ...options }: VolumeRequestsOptions,
): Requests {
  // One pool for all: a session that volume 0 has opened is good in every volume.
  const sessions: SessionPool = new SessionPool(
    (timeoutMs) => gateways[0]!.openSession({ timeoutMs }),
    config.limits.httpInFlightMax,
  );
  const gateways = Array.from({ length: volumes }, (_, volume) =>
    new Gateway({
      system,
      clientTable: volumeNames(volume).clientTable,
      requestMs: config.timeouts.requestMs,
      sessionsMax: config.sessionsMax,
      inFlightMax: config.limits.httpInFlightMax + RESP_IN_FLIGHT_MAX,
      sessions,
      isAnsweredElsewhere: true,
      ...(nonce !== undefined && { nonce }),
    }));
  return new VolumeRouter({ ...options, volumes: gateways });
}

/** The way to the master, for operators. */
export function masterAdmin(
  { system, config }: Means,
  topology: ClusterLayout["topology"],
): ClusterAdmin {
  const gateway = new Gateway({
    system,
    clientTable: MASTER.clientTable,
    requestMs: config.timeouts.requestMs,
    sessionsMax: MASTER_SESSIONS_MAX,
    inFlightMax: MASTER_IN_FLIGHT_MAX,
  });
  return new MasterAdmin(gateway, config.replicasAddresses.length, topology);
}

/** What the actors of the master, and those who speak to it, take from the configuration. */
export function masterOptions({ timeouts, batching, snapshots, detector }: Means["config"]) {
  const { heartbeatMs, suspicionMs, viewChangeMs, abdicateMs } = timeouts;
  const { entryBytesMax, requestsMax, pipeline } = batching;
  return {
    detector: { heartbeatMs, suspicionMs, ...detector },
    master: {
      heartbeatMs,
      viewChangeMs,
      abdicateMs,
      pipeline,
      entryBytesMax,
      requestsMax,
      snapshotLogBytes: snapshots.logBytes,
      retainEntries: snapshots.retainEntries,
    },
  };
}
