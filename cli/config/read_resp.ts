import type { RespOrder } from "../../transport/resp/window.ts";
import { type Address, formatAddress } from "../../transport/address.ts";
import { parseAddress } from "./addresses.ts";
import type { Addresses } from "./read_addresses.ts";
import type { Section } from "./section.ts";
import { type MachineKind, RESP_ORDERS } from "./types/cluster.ts";

/** How far above a replica's peer port its RESP port is, unless it is given. */
export const RESP_PORT_ABOVE_PEER = 100;

/** What else listens. */
interface Others {
  readonly replicas: Addresses;
  readonly http: Addresses;
}

/** Reads where clients of Redis are served; nowhere if the list is empty, or there is no key-value store. */
export function readRespAddresses(root: Section, machine: MachineKind, others: Others): Addresses {
  const { replicas } = others;
  const fallback = `each peer address, its port plus ${RESP_PORT_ABOVE_PEER}`;
  const kind = { kind: "list of host:port", fallback };
  const given = root.list<Address>("resp_addresses", kind, (text) => {
    const address = parseAddress(text);
    return typeof address === "string" ? { problem: address } : address;
  });
  if (given !== undefined && given.length > 0) {
    if (machine !== "kv") {
      root.problem(
        "resp_addresses",
        `Has no effect with the state machine "${machine}"; remove it`,
      );
    } else if (given.length !== replicas.length) {
      root.problem(
        "resp_addresses",
        `Must have one address for each of the ${replicas.length} replicas, or none; has ${given.length}`,
      );
    }
  }
  if (machine !== "kv") return [];
  const addresses = given ?? replicas.map((peer, index) => respAddressAbove(root, peer, index));
  const field = given === undefined ? "replicas_addresses" : "resp_addresses";
  addresses.forEach((address, index) => {
    const clash = whoseAddress(address, index, others, given ?? []);
    if (clash === undefined) return;
    const hint = given === undefined ? "; give resp_addresses" : "";
    const text = `The RESP address ${formatAddress(address!)} is ${clash} already${hint}`;
    root.problem(`${field}[${index}]`, text);
  });
  return addresses;
}

/** Reads in which order commands of one connection are executed. */
export function readRespOrder(root: Section): RespOrder {
  return root.choice("resp_order", RESP_ORDERS, "connection");
}

function respAddressAbove(root: Section, peer: Address | undefined, index: number) {
  if (peer === undefined) return undefined;
  const above = addressAbove(peer);
  if (above !== undefined) return above;
  root.problem(
    `replicas_addresses[${index}]`,
    `Leaves no port for RESP ${RESP_PORT_ABOVE_PEER} above ${peer.port}; give resp_addresses`,
  );
  return undefined;
}

/** Where a node serves RESP if nothing is said; `undefined` if there is no such port. */
export function addressAbove({ host, port }: Address): Address | undefined {
  const above = port + RESP_PORT_ABOVE_PEER;
  return above <= 65_535 ? { host, port: above } : undefined;
}

function whoseAddress(
  address: Address | undefined,
  index: number,
  { replicas, http }: Others,
  given: Addresses,
): string | undefined {
  if (address === undefined) return undefined;
  const isSame = (other: Address | undefined) =>
    other?.host === address.host && other.port === address.port;
  const peer = replicas.findIndex(isSame);
  if (peer >= 0) return `replicas_addresses[${peer}]`;
  const web = http.findIndex(isSame);
  if (web >= 0) return `the HTTP address of replica ${web}`;
  const resp = given.findIndex(isSame);
  return resp >= 0 && resp < index ? `the RESP address of replica ${resp}` : undefined;
}
