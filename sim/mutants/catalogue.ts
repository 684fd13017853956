/**
 * The planted bugs: each must be found. `deno task mutants` tries them.
 *
 * @module
 */
import { CHAIN_MUTANTS } from "./chain.ts";
import { CHAIN_EPOCHS_MUTANTS } from "./chain_epochs.ts";
import { CHAIN_READS_MUTANTS } from "./chain_reads.ts";
import { CHECKS_MUTANTS } from "./checks.ts";
import { DISKLESS_MUTANTS } from "./diskless.ts";
import { EXECUTION_MUTANTS } from "./execution.ts";
import { GOSSIP_MUTANTS } from "./gossip.ts";
import { GOSSIP_LIMITS_MUTANTS } from "./gossip_limits.ts";
import { GOSSIP_LIVES_MUTANTS } from "./gossip_lives.ts";
import { HERMES_MUTANTS } from "./hermes.ts";
import { HERMES_CHECKS_MUTANTS } from "./hermes_checks.ts";
import { HERMES_EPOCHS_MUTANTS } from "./hermes_epochs.ts";
import { HERMES_RMW_MUTANTS } from "./hermes_rmw.ts";
import { MASTER_MUTANTS } from "./master.ts";
import { MASTER_CLIQUES_MUTANTS } from "./master_cliques.ts";
import type { Mutant } from "./mutant.ts";
import { NORMAL_MUTANTS } from "./normal.ts";
import { READS_MUTANTS } from "./reads.ts";
import { RECOVERY_MUTANTS } from "./recovery.ts";
import { STORAGE_MUTANTS } from "./storage.ts";
import { VIEW_CHANGE_MUTANTS } from "./view_change.ts";

/** Every planted bug, by subject. */
export const MUTANTS: readonly Mutant[] = [
  ...NORMAL_MUTANTS,
  ...VIEW_CHANGE_MUTANTS,
  ...RECOVERY_MUTANTS,
  ...DISKLESS_MUTANTS,
  ...READS_MUTANTS,
  ...EXECUTION_MUTANTS,
  ...STORAGE_MUTANTS,
  ...CHAIN_MUTANTS,
  ...CHAIN_EPOCHS_MUTANTS,
  ...CHAIN_READS_MUTANTS,
  ...HERMES_MUTANTS,
  ...HERMES_RMW_MUTANTS,
  ...HERMES_EPOCHS_MUTANTS,
  ...MASTER_MUTANTS,
  ...MASTER_CLIQUES_MUTANTS,
  ...CHECKS_MUTANTS,
  ...GOSSIP_MUTANTS,
  ...GOSSIP_LIVES_MUTANTS,
  ...GOSSIP_LIMITS_MUTANTS,
  ...HERMES_CHECKS_MUTANTS,
];
