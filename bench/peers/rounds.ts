/**
 * How a comparison is measured: all its systems are up together and are loaded in turn, never together, in
 * rounds. Whoever comes first in one round comes last in the next. So what slows the machine for a while slows
 * them all, and ratios within a round tell more than the figures themselves.
 *
 * @module
 */
import { toError } from "../../actors/errors.ts";
import type { Comparison } from "./comparisons.ts";
import { canTake, type Contender, startAll, targetOf } from "./contenders.ts";
import { cpuUs } from "./cpu.ts";
import { type DiskLimit, measureDisk } from "./disk.ts";
import { type Load, loadKey, loadsOf, loadText, type Slice } from "./load.ts";
import { rateOf, type Sample } from "./measurement.ts";
import type { Method } from "./method.ts";
import { RunningSystems } from "./running_systems.ts";

/** What came of a comparison. */
export interface Outcome {
  readonly comparison: Comparison;
  readonly slices: readonly Slice[];
  readonly samples: readonly Sample[];
  /** Of the disk, in each round. */
  readonly disk: readonly DiskLimit[];
  /** The machine's load average over the last minute at the start of each round. */
  readonly loadAverages: readonly number[];
  /** What failed, in words. */
  readonly failures: readonly string[];
}

/** Measures a comparison; ends early, with what there is by then, when the signal is aborted. */
export async function measureComparison(
  comparison: Comparison,
  method: Method,
): Promise<Outcome> {
  const slices = comparison.slices.filter((slice) => method.space.slices.includes(slice));
  const outcome = {
    comparison,
    slices,
    samples: [] as Sample[],
    disk: [] as DiskLimit[],
    loadAverages: [] as number[],
    failures: [] as string[],
  };
  const loads = distinct(slices.flatMap((slice) => loadsOf(method.space, slice)));
  await using systems = new RunningSystems(method);
  try {
    const contenders = await startAll(comparison, loads, method, systems, outcome.failures);
    for (let round = 0; round < method.rounds; round++) {
      outcome.loadAverages.push(Deno.loadavg()[0]!);
      outcome.disk.push(await measureDisk(method.directory));
      for (const load of loads) {
        await measureLoad(load, round, contenders, method, outcome);
      }
      method.progress(`${comparison.name}: round ${round + 1} of ${method.rounds} is over`);
    }
  } catch (error) {
    if (!method.signal.aborted) throw error;
    outcome.failures.push("Stopped before the end");
  }
  return outcome;
}

function distinct(loads: readonly Load[]): Load[] {
  return [...new Map(loads.map((load) => [loadKey(load), load])).values()];
}

async function measureLoad(
  load: Load,
  round: number,
  contenders: readonly Contender[],
  method: Method,
  outcome: { readonly samples: Sample[]; readonly failures: string[] },
): Promise<void> {
  const able = contenders.filter(({ entrant }) => canTake(entrant, load));
  for (const contender of round % 2 === 0 ? able : able.toReversed()) {
    method.signal.throwIfAborted();
    try {
      const sample = await measureOne(contender, load, round, method);
      outcome.samples.push(sample);
      const rate = Math.round(rateOf(sample));
      method.progress(`round ${round + 1}: ${loadText(load)}: ${sample.entrant} ${rate}/s`);
    } catch (error) {
      method.signal.throwIfAborted();
      const what = `${contender.entrant.name}: ${loadText(load)}: ${toError(error).message}`;
      outcome.failures.push(what);
      method.progress(what);
    }
  }
}

async function measureOne(
  contender: Contender,
  load: Load,
  round: number,
  method: Method,
): Promise<Sample> {
  const { entrant: { name, driver }, cluster } = contender;
  const target = await targetOf(contender, method);
  await driver.prepare?.(target, load);
  const pids = cluster.pids;
  const before = cpuUs(pids);
  const run = { seconds: method.seconds, seed: round + 1 };
  const measured = await driver.measure(target, load, run);
  const after = cpuUs(pids);
  const used = before === null || after === null ? null : (after - before) / measured.requests;
  return { round, entrant: name, load, ...measured, cpuUs: used };
}
