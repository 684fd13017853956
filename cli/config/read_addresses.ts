import { type Address, formatAddress, isLoopback } from "../../transport/address.ts";
import { parseAddress } from "./addresses.ts";
import type { Section } from "./section.ts";
import type { Protocol } from "./types/cluster.ts";

/** The most replicas that a cluster may have. */
export const REPLICAS_MAX = 7;
/** The most of the protocol `gossip`: all of them are seeds. Others may join that are not in the list. */
export const GOSSIP_REPLICAS_MAX = 16;
/** How far below a replica's peer port its HTTP port is, unless it is given. */
export const HTTP_PORT_BELOW_PEER = 100;

/** The most replicas that a configuration of a protocol may list. */
export function replicasMaxOf(protocol: string): number {
  return protocol === "gossip" ? GOSSIP_REPLICAS_MAX : REPLICAS_MAX;
}

/** Addresses in the order of the nodes; those that are wrong are holes. */
export type Addresses = readonly (Address | undefined)[];

/** Reads `replicas_addresses`. */
export function readReplicas(root: Section, protocol: Protocol): Addresses {
  const max = replicasMaxOf(protocol);
  const kind = { kind: "list of host:port", fallback: "required" };
  const addresses = root.list("replicas_addresses", kind, toAddress);
  if (!root.has("replicas_addresses")) {
    root.problem("replicas_addresses", "Is missing; list the host:port of every replica");
  } else if (addresses && (addresses.length < 1 || addresses.length > max)) {
    root.problem(
      "replicas_addresses",
      `Must have 1 to ${max} addresses; has ${addresses.length}`,
    );
  }
  (addresses ?? []).forEach((address, index) => {
    const first = addresses!.findIndex((other) => other !== undefined && same(other, address));
    if (first >= index || address === undefined) return;
    root.problem(
      `replicas_addresses[${index}]`,
      `${formatAddress(address)} is replicas_addresses[${first}] already`,
    );
  });
  return addresses ?? [];
}

/** Reads `http_addresses`, and what follows from those of the replicas without it. */
export function readHttpAddresses(root: Section, replicas: Addresses): Addresses {
  const fallback = `each peer address, its port minus ${HTTP_PORT_BELOW_PEER}`;
  const given = root.list("http_addresses", { kind: "list of host:port", fallback }, toAddress);
  if (given !== undefined && given.length !== replicas.length) {
    root.problem(
      "http_addresses",
      `Must have one address for each of the ${replicas.length} replicas; has ${given.length}`,
    );
  }
  const addresses = given ?? replicas.map((peer, index) => httpAddressBelow(root, peer, index));
  addresses.forEach((address, index) => {
    const clash = whoseAddress(address, index, replicas, given ?? []);
    if (clash === null) return;
    const field = given ? `http_addresses[${index}]` : `replicas_addresses[${index}]`;
    root.problem(field, `The HTTP address ${formatAddress(address!)} is ${clash} already`);
  });
  return addresses;
}

function httpAddressBelow(root: Section, peer: Address | undefined, index: number) {
  if (peer === undefined) return undefined;
  const port = peer.port - HTTP_PORT_BELOW_PEER;
  if (port >= 1) return { host: peer.host, port };
  root.problem(
    `replicas_addresses[${index}]`,
    `Leaves no port for HTTP ${HTTP_PORT_BELOW_PEER} below ${peer.port}; give http_addresses`,
  );
  return undefined;
}

function whoseAddress(
  address: Address | undefined,
  index: number,
  replicas: Addresses,
  others: Addresses,
): string | null {
  if (address === undefined) return null;
  const peer = replicas.findIndex((other) => other !== undefined && same(other, address));
  if (peer >= 0) return `replicas_addresses[${peer}]`;
  const http = others.findIndex((other) => other !== undefined && same(other, address));
  return http >= 0 && http < index ? `the HTTP address of replica ${http}` : null;
}

/** Reads `http_hosts`. */
export function readHttpHosts(root: Section): readonly string[] {
  const kind = { kind: "list of host names", fallback: "none" };
  const hosts = root.list<string>("http_hosts", kind, (host) => {
    const wrong = typeof parseAddress(`${host}:1`) === "string";
    return wrong ? { problem: `Must be a host name without a port; is "${host}"` } : host;
  });
  return (hosts ?? []).filter(isPresent);
}

/** Reads `insecure`, which addresses that others can reach need. */
export function readInsecure(root: Section, lists: Readonly<Record<string, Addresses>>): boolean {
  const insecure = root.flag("insecure");
  if (insecure) return true;
  for (const [name, addresses] of Object.entries(lists)) {
    if (!root.has(name)) continue;
    addresses.forEach((address, index) => {
      if (address === undefined || isLoopback(address.host)) return;
      root.problem(
        `${name}[${index}]`,
        `${formatAddress(address)} is reachable from other machines, and nothing is encrypted or ` +
          'authenticated; say "insecure: true" if everyone on that network may read and write',
      );
    });
  }
  return false;
}

function toAddress(text: string): Address | { readonly problem: string } {
  const address = parseAddress(text);
  return typeof address === "string" ? { problem: address } : address;
}

function same(a: Address, b: Address | undefined): boolean {
  return a.host === b?.host && a.port === b.port;
}

/** Whether there is something. */
export function isPresent<T>(value: T | undefined): value is T {
  return value !== undefined;
}
