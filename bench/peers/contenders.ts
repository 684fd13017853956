import { toError } from "../../actors/errors.ts";
import type { Comparison, Entrant } from "./comparisons.ts";
import type { Target } from "./drivers/driver.ts";
import { BASE_VALUE_BYTES, baseConnections, type Load, WORKS } from "./load.ts";
import type { Method } from "./method.ts";
import type { RunningSystems } from "./running_systems.ts";
import { type Cluster, NODES } from "../nodes/cluster.ts";

/** An entrant that is up. */
export interface Contender {
  readonly entrant: Entrant;
  readonly cluster: Cluster;
  readonly directory: string;
}

/** Whether an entrant is put under a load. */
export function canTake({ driver, takes }: Entrant, load: Load): boolean {
  return driver.canMake(load) && takes(load);
}

/** Starts every system, writes all keys and warms it up. One that fails is named, and left out. */
export async function startAll(
  { entrants }: Comparison,
  loads: readonly Load[],
  method: Method,
  systems: RunningSystems,
  failures: string[],
): Promise<Contender[]> {
  const contenders: Contender[] = [];
  const filled = new Set<string>();
  for (const entrant of entrants) {
    const { system, driver } = entrant;
    const taken = loads.filter((load) => canTake(entrant, load));
    if (taken.length === 0) continue;
    try {
      const cluster = await systems.get(system);
      const contender = { entrant, cluster, directory: systems.directoryOf(system) };
      const target = await targetOf(contender, method);
      for (const valueBytes of new Set(taken.map((load) => load.valueBytes))) {
        const keys = `${system.name}/${driver.protocol}/${valueBytes}`;
        if (filled.has(keys) || entrant.isLimit) continue;
        await driver.fill(target, valueBytes);
        filled.add(keys);
      }
      await warmUp(contender, entrants, method);
      contenders.push(contender);
    } catch (error) {
      method.signal.throwIfAborted();
      failures.push(`${entrant.name}: ${toError(error).message}`);
      method.progress(failures.at(-1)!);
    }
  }
  return contenders;
}

/** Systems are faster once they are warm; a just-in-time compiler takes the longest. */
async function warmUp(
  contender: Contender,
  entrants: readonly Entrant[],
  method: Method,
): Promise<void> {
  const { entrant } = contender;
  const ways = entrants.filter(({ system }) => system === entrant.system).length;
  const seconds = Math.max(1, Math.round(method.warmUp / ways / WORKS.length));
  const connections = baseConnections(method.space);
  for (const work of WORKS) {
    const writes = work === "put" ? 1 : 0;
    const load = { writes, connections, pipeline: 1, valueBytes: BASE_VALUE_BYTES };
    if (!entrant.driver.canMake(load)) continue;
    await entrant.driver.measure(await targetOf(contender, method), load, { seconds, seed: 1 });
  }
}

/** Whom to load: the node that leads now, or all. */
export async function targetOf(
  { entrant: { system }, cluster, directory }: Contender,
  { spread, generator, signal }: Method,
): Promise<Target> {
  const toAll = system.spread === "always" || (spread && system.spread === "if asked");
  const nodes = toAll ? Array.from({ length: NODES }, (_, node) => node) : [await cluster.leader()];
  return { cluster, nodes, directory, generator, signal };
}
