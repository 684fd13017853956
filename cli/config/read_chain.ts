import { DATA_CENTER_BYTES_MAX, VOLUMES_MAX } from "../../protocols/master/configuration.ts";
import { isMapping, type Section } from "./section.ts";
import { type Chain, CHAIN_READS, type DataCenters } from "./types/chain.ts";
import type { Protocol } from "./types/cluster.ts";
import { describe } from "./units.ts";

/** The most nodes that a chain can have. */
const LENGTH_MAX = 7;
/** Begins with a letter, so that a mapping keeps the order in which it is written. */
const DATA_CENTER = new RegExp(`^[A-Za-z][A-Za-z0-9._-]{0,${DATA_CENTER_BYTES_MAX - 1}}$`);

/** Reads the section `chain`. */
export function readChain(section: Section, protocol: Protocol): Chain {
  const chain: Chain = {
    volumes: section.count("volumes", { fallback: 1, min: 1, max: VOLUMES_MAX }),
    length: section.value("length", {
      kind: "whole number",
      fallback: "all nodes",
      range: `1 to ${LENGTH_MAX}`,
    }, toLength) ?? null,
    reads: section.choice("reads", CHAIN_READS, "any"),
    leaseMs: section.duration("lease_ms", { fallback: 500, min: 20, max: 600_000 }),
    clockDrift: section.decimal("clock_drift", { fallback: 0.01, min: 0, max: 1 }),
    dataCenters: section.value("data_centers", {
      kind: "number, list of names, or mapping of names to sizes",
      fallback: "none",
    }, toDataCenters) ?? null,
    masterDataCenter: readMaster(section) ?? null,
  };
  section.end();
  requireProtocol(section, protocol, "chain");
  return chain;
}

/** Notes every option of a section that only one protocol has, if the cluster runs another. */
export function requireProtocol(section: Section, protocol: Protocol, owner: Protocol): void {
  if (protocol === owner) return;
  for (const name of section.names) {
    section.problem(name, `Has no effect with the protocol "${protocol}"; remove it`);
  }
}

/** Reads `node_data_centers`. */
export function readNodeDataCenters(
  root: Section,
  protocol: Protocol,
  nodes: number,
): readonly string[] {
  const name = "node_data_centers";
  const labels = root.list(name, { kind: "list of names", fallback: "none" }, toDataCenter);
  if (labels === undefined) return [];
  if (protocol !== "chain") {
    root.problem(name, `Has no effect with the protocol "${protocol}"; remove it`);
  } else if (labels.length !== nodes) {
    root.problem(
      name,
      `Must have one name for each of the ${nodes} replicas; has ${labels.length}`,
    );
  }
  return labels.filter((label) => label !== undefined);
}

function readMaster(section: Section): string | undefined {
  const name = section.text("master_data_center", "none");
  if (name === undefined || DATA_CENTER.test(name)) return name;
  section.problem("master_data_center", notAName(name));
  return undefined;
}

/** How many replicas of something there are to be. */
export function toLength(value: unknown): number | { readonly problem: string } {
  if (isLength(value)) return value;
  return { problem: `Must be a whole number from 1 to ${LENGTH_MAX}; is ${describe(value)}` };
}

function toDataCenters(value: unknown): DataCenters | { readonly problem: string } {
  if (isLength(value)) return value;
  if (Array.isArray(value)) return toList(value);
  if (isMapping(value)) return toSizes(value);
  return {
    problem: `Must be how many, a list of names, or a mapping of names to sizes; is ` +
      describe(value),
  };
}

function toList(names: readonly unknown[]): DataCenters | { readonly problem: string } {
  if (names.length === 0) {
    return { problem: "Must name one data center at least; is an empty list" };
  }
  for (const [index, name] of names.entries()) {
    if (typeof name !== "string" || !DATA_CENTER.test(name)) {
      return { problem: notAName(name) };
    }
    if (names.indexOf(name) < index) return { problem: `Names "${name}" twice` };
  }
  return names as readonly string[];
}

function toSizes(
  sizes: Readonly<Record<string, unknown>>,
): DataCenters | { readonly problem: string } {
  for (const [name, size] of Object.entries(sizes)) {
    if (!DATA_CENTER.test(name)) return { problem: notAName(name) };
    if (!isLength(size)) {
      const what = `Must be a whole number from 1 to ${LENGTH_MAX} for "${name}"`;
      return { problem: `${what}; is ${describe(size)}` };
    }
  }
  if (Object.keys(sizes).length > 0) return sizes as Readonly<Record<string, number>>;
  return { problem: "Must name one data center at least; is an empty mapping" };
}

function toDataCenter(text: string): string | { readonly problem: string } {
  return DATA_CENTER.test(text) ? text : { problem: notAName(text) };
}

function notAName(name: unknown): string {
  return `Must be at most ${DATA_CENTER_BYTES_MAX} letters, digits, ".", "_" or "-", the first a ` +
    `letter; is ${describe(name)}`;
}

function isLength(value: unknown): value is number {
  return Number.isInteger(value) && (value as number) >= 1 && (value as number) <= LENGTH_MAX;
}
