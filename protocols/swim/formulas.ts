/**
 * The times and counts that follow from how many members there are, the node itself among them. Formulas
 * are memberlist's.
 *
 * @module
 */
import type { SwimTuning } from "./options.ts";

/** How long a suspect has to contradict, in milliseconds, once enough others have confirmed. */
export function suspicionMinMs(tuning: SwimTuning, members: number): number {
  return tuning.suspicionMult * Math.max(1, Math.log10(members)) * tuning.probeIntervalMs;
}

/** How many others have to confirm a suspicion for the least time to do; 0 if there are not so many. */
export function confirmationsNeeded(tuning: SwimTuning, members: number): number {
  const needed = Math.max(0, Math.ceil(tuning.suspicionMult) - 2);
  // Neither the suspect confirms nor whoever suspected it.
  return members - 2 < needed ? 0 : needed;
}

/** How often a piece of news is passed on. */
export function retransmitLimit(tuning: SwimTuning, members: number): number {
  return Math.ceil(tuning.retransmitMult * Math.ceil(Math.log10(members + 1)));
}

/** Members up to which lists are exchanged at the plain interval. */
const SYNC_MEMBERS = 32;

/** Between two exchanges of the whole list, in milliseconds: their sum grows with members times members. */
export function syncIntervalMs(tuning: SwimTuning, members: number): number {
  if (members <= SYNC_MEMBERS) return tuning.syncIntervalMs;
  return tuning.syncIntervalMs * (Math.ceil(Math.log2(members) - Math.log2(SYNC_MEMBERS)) + 1);
}
