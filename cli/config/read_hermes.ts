import { VOLUMES_MAX } from "../../protocols/master/configuration.ts";
import { HERMES_DEFAULTS } from "../../protocols/hermes/options.ts";
import { VIRTUAL_IDS_MAX } from "../../protocols/hermes/timestamp.ts";
import { requireProtocol, toLength } from "./read_chain.ts";
import type { Section } from "./section.ts";
import type { Protocol } from "./types/cluster.ts";
import { type Hermes, HERMES_READS } from "./types/hermes.ts";
import { describe } from "./units.ts";

/** Volumes where a node replicates a part of them: each of up to seven nodes has about its share. */
const VOLUMES_SPREAD = 32;
/** Places of a node on the ring, at most. */
const VIRTUAL_NODES_MAX = 1_024;

/** Reads the section `hermes`, of a cluster of so many nodes. */
export function readHermes(section: Section, protocol: Protocol, nodes: number): Hermes {
  const volumes = section.value("volumes", {
    kind: "whole number",
    fallback: `1 if every node replicates every key, otherwise ${VOLUMES_SPREAD}`,
    range: `1 to ${VOLUMES_MAX}`,
  }, toVolumes);
  const replicas = section.value("replicas", {
    kind: "whole number",
    fallback: "all nodes",
    range: "1 to 7",
  }, toLength) ?? null;
  const isEverywhere = replicas === null || replicas >= nodes;
  const hermes: Hermes = {
    volumes: volumes ?? (isEverywhere ? 1 : VOLUMES_SPREAD),
    replicas,
    virtualNodes: section.count("virtual_nodes", { fallback: 64, min: 1, max: VIRTUAL_NODES_MAX }),
    reads: section.choice("reads", HERMES_READS, HERMES_DEFAULTS.reads),
    leaseMs: section.duration("lease_ms", { fallback: 500, min: 20, max: 600_000 }),
    clockDrift: section.decimal("clock_drift", { fallback: 0.01, min: 0, max: 1 }),
    sparesValidations: section.flag("spares_validations", HERMES_DEFAULTS.sparesValidations),
    virtualIds: section.count("virtual_ids", {
      fallback: HERMES_DEFAULTS.virtualIds,
      min: 1,
      max: VIRTUAL_IDS_MAX,
    }),
    broadcastsAcks: section.flag("broadcasts_acks", HERMES_DEFAULTS.broadcastsAcks),
    mltMs: section.duration("mlt_ms", { fallback: HERMES_DEFAULTS.mltMs, min: 5, max: 60_000 }),
    deafMs: section.duration("deaf_ms", {
      fallback: HERMES_DEFAULTS.deafMs,
      min: 20,
      max: 600_000,
    }),
  };
  section.end();
  requireProtocol(section, protocol, "hermes");
  return hermes;
}

function toVolumes(value: unknown): number | { readonly problem: string } {
  const isCount = Number.isInteger(value) && Number(value) >= 1 && Number(value) <= VOLUMES_MAX;
  if (isCount) return Number(value);
  return { problem: `Must be a whole number from 1 to ${VOLUMES_MAX}; is ${describe(value)}` };
}
