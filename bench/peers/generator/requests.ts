/**
 * What our own load generator is asked, a line of JSON each; it answers each with one.
 *
 * @module
 */
import type { Measured } from "../measurement.ts";

/** What WAIT 1 follows: nothing, the last SET of each pipeline, or each SET. */
export type Wait = "none" | "last" | "each";

/** A load over Redis's protocol. */
export interface RespRequest {
  readonly kind: "resp";
  /** Ports on the loopback interface, among which connections are shared out. */
  readonly ports: readonly number[];
  readonly connections: number;
  readonly pipeline: number;
  readonly writes: number;
  readonly keys: number;
  readonly valueBytes: number;
  readonly wait: Wait;
  readonly seconds: number;
  readonly seed: number;
}

/** A load over ZooKeeper's protocol. */
export interface ZookeeperRequest {
  readonly kind: "zookeeper";
  readonly ports: readonly number[];
  /** Operations in flight, over all sessions. */
  readonly inFlight: number;
  /** How many, at most. */
  readonly sessions: number;
  readonly writes: number;
  /** Whether each read comes after a `sync`. */
  readonly syncs: boolean;
  readonly keys: number;
  readonly valueBytes: number;
  readonly seconds: number;
  readonly seed: number;
}

/** A write of every key. */
export interface FillRequest {
  readonly kind: "resp fill" | "zookeeper fill";
  readonly port: number;
  readonly keys: number;
  readonly valueBytes: number;
}

export type GeneratorRequest = RespRequest | ZookeeperRequest | FillRequest;

export type GeneratorAnswer = { readonly measured: Measured } | { readonly error: string };
