import { GOSSIP_DEFAULTS, GOSSIP_LOCAL, GOSSIP_WAN } from "../../protocols/gossip/options.ts";
import { HYBRID_CLOCK_DEFAULTS } from "../../protocols/gossip/hybrid_clock.ts";
import { type Address, isLoopback } from "../../transport/address.ts";
import { requireProtocol } from "./read_chain.ts";
import { isMapping, type Section } from "./section.ts";
import type { Protocol } from "./types/cluster.ts";
import {
  type Gossip,
  GOSSIP_PRESETS,
  GOSSIP_SPREADS,
  GOSSIP_STRATEGIES,
  type GossipPreset,
} from "./types/gossip.ts";
import { describe } from "./units.ts";

const KIB = 1 << 10;
const MIB = 1 << 20;
const HOUR_MS = 3_600_000;
const DAY_MS = 24 * HOUR_MS;
/** A frame between two nodes has at most 8 MiB, and a repair may go beyond its size by one key. */
const REPAIR_BYTES_LIMIT = 4 * MIB;
const PREFIX_LENGTH_MAX = 256;
const MERGE = /^merge:.+/;

/** Reads the section `gossip`, of a cluster whose seeds have these addresses. */
export function readGossip(
  section: Section,
  protocol: Protocol,
  addresses: readonly (Address | undefined)[],
): Gossip {
  const preset = section.value("preset", {
    kind: "choice",
    fallback: "local if every node is on the loopback interface, otherwise lan",
    range: GOSSIP_PRESETS.join(", "),
  }, toPreset) ?? presetFor(addresses);
  const standard = { ...GOSSIP_DEFAULTS, ...tuningOf(preset) };
  const gossip: Gossip = {
    preset,
    strategy: section.value("strategy", {
      kind: "strategy",
      fallback: "lww",
      range: STRATEGIES,
    }, toStrategy) ?? "lww",
    strategies: section.value("strategies", {
      kind: "mapping of prefixes to strategies",
      fallback: "none",
      range: STRATEGIES,
    }, toStrategies) ?? {},
    spread: section.choice("spread", GOSSIP_SPREADS, "local"),
    intervalMs: section.duration("interval_ms", {
      fallback: standard.intervalMs,
      min: 10,
      max: HOUR_MS,
    }),
    jitter: section.decimal("jitter", { fallback: standard.jitter, min: 0, max: 0.9 }),
    syncFanout: section.count("sync_fanout", { fallback: standard.syncFanout, min: 1, max: 255 }),
    mailAllMax: section.count("mail_all_max", { fallback: standard.mailAllMax, min: 1, max: 256 }),
    fanout: section.count("fanout", { fallback: standard.fanout, min: 1, max: 255 }),
    mailRetryMs: section.duration("mail_retry_ms", {
      fallback: standard.mailRetryMs,
      min: 5,
      max: 600_000,
    }),
    hintsMax: section.count("hints_max", { fallback: standard.hintsMax, min: 1, max: 1_000_000 }),
    hintsBytes: section.size("hints_bytes", {
      fallback: standard.hintsBytesMax,
      min: MIB,
      max: KIB * MIB,
    }),
    hintsMaxAgeMs: section.duration("hints_max_age_ms", {
      fallback: standard.hintsMaxAgeMs,
      min: 1_000,
      max: 7 * DAY_MS,
    }),
    repairBytes: section.size("repair_bytes", {
      fallback: standard.repairBytes,
      min: 4 * KIB,
      max: REPAIR_BYTES_LIMIT,
    }),
    scrubMs: section.duration("scrub_ms", { fallback: standard.scrubMs, min: 100, max: DAY_MS }),
    maxDriftMs: section.duration("max_drift_ms", {
      fallback: HYBRID_CLOCK_DEFAULTS.maxDriftMs,
      min: 2 * HYBRID_CLOCK_DEFAULTS.leaseMs,
      max: DAY_MS,
    }),
  };
  section.end();
  requireProtocol(section, protocol, "gossip");
  return gossip;
}

/** The tuning that a preset stands for, as far as it differs from the defaults. */
export function tuningOf(preset: GossipPreset) {
  return preset === "local" ? GOSSIP_LOCAL : preset === "wan" ? GOSSIP_WAN : {};
}

const STRATEGIES = `${GOSSIP_STRATEGIES.join(", ")}, merge:FILE`;

function presetFor(addresses: readonly (Address | undefined)[]): GossipPreset {
  const isLocal = addresses.length > 0 &&
    addresses.every((address) => address !== undefined && isLoopback(address.host));
  return isLocal ? "local" : "lan";
}

function toPreset(value: unknown): GossipPreset | { readonly problem: string } {
  const preset = GOSSIP_PRESETS.find((known) => known === value);
  if (preset !== undefined) return preset;
  return { problem: `Must be one of ${GOSSIP_PRESETS.join(", ")}; is ${describe(value)}` };
}

function toStrategy(value: unknown): string | { readonly problem: string } {
  const isKnown = GOSSIP_STRATEGIES.some((known) => known === value) ||
    (typeof value === "string" && MERGE.test(value));
  if (isKnown) return value as string;
  return { problem: `Must be one of ${STRATEGIES}; is ${describe(value)}` };
}

function toStrategies(
  value: unknown,
): Readonly<Record<string, string>> | { readonly problem: string } {
  if (!isMapping(value)) {
    return { problem: `Must be a mapping of prefixes to strategies; is ${describe(value)}` };
  }
  for (const [prefix, strategy] of Object.entries(value)) {
    if (prefix === "" || prefix.length > PREFIX_LENGTH_MAX) {
      return {
        problem:
          `Must have prefixes of 1 to ${PREFIX_LENGTH_MAX} characters; one has ${prefix.length}`,
      };
    }
    const checked = toStrategy(strategy);
    if (typeof checked !== "string") {
      return { problem: `${checked.problem} for the prefix "${prefix}"` };
    }
  }
  return value as Readonly<Record<string, string>>;
}
