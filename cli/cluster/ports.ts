import { toError } from "../../actors/errors.ts";
import { type Address, formatAddress } from "../../transport/address.ts";
import type { ClusterConfig } from "../config.ts";

/** A port that a node needs and cannot have. */
export interface PortProblem {
  readonly node: number;
  readonly purpose: "HTTP" | "peers" | "RESP";
  readonly address: string;
  readonly why: string;
}

/** Tries every port that the cluster will listen on, and gives them back. */
export function findPortProblems(config: ClusterConfig): readonly PortProblem[] {
  return config.replicasAddresses.flatMap((peer, node) => [
    ...portProblem(node, "HTTP", config.httpAddresses[node]!),
    ...portProblem(node, "peers", peer),
    ...portProblem(node, "RESP", config.respAddresses[node]),
  ]);
}

function portProblem(
  node: number,
  purpose: PortProblem["purpose"],
  address: Address | undefined,
): PortProblem[] {
  if (address === undefined) return [];
  try {
    Deno.listen({ hostname: address.host, port: address.port }).close();
    return [];
  } catch (error) {
    return [{ node, purpose, address: formatAddress(address), why: reason(error) }];
  }
}

function reason(error: unknown): string {
  if (error instanceof Deno.errors.AddrInUse) return "the port is taken by another process";
  if (error instanceof Deno.errors.AddrNotAvailable) return "it is no address of this machine";
  if (error instanceof Deno.errors.PermissionDenied) return "ports below 1024 need privileges";
  return toError(error).message;
}
