import { ConfigError } from "./problems.ts";
import { whyKvOnly } from "./read.ts";
import type { ClusterConfig } from "./types/cluster.ts";

/**
 * Sees that the protocol of a cluster replicates state machines of the user's own.
 *
 * @throws {ConfigError} if it does not.
 */
export function requireAnyMachine({ protocol }: ClusterConfig): void {
  const why = whyKvOnly(protocol);
  if (why === undefined) return;
  const what = `Has no effect with the protocol "${protocol}": ${why}; remove it`;
  throw new ConfigError([{ file: null, line: null, field: "--machine", what }]);
}
