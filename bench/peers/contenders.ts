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
  comparison: Comparison,
  loads: readonly Load[],
  method: Method,
  systems: RunningSystems,
  failures: string[],
): Promise<Contender[]> {
  const failed = (name: string, error: unknown) => {
    method.signal.throwIfAborted();
    failures.push(`${name}: ${toError(error).message}`);
    method.progress(failures.at(-1)!);
  };
  const entrants = comparison.entrants.filter((each) => loads.some((load) => canTake(each, load)));
  await systems.start(new Set(entrants.map(({ system }) => system)), failed);
  method.signal.throwIfAborted();
  const contenders: Contender[] = [];
  const ready = new Set<string>();
  for (const entrant of entrants) {
    const { system, driver } = entrant;
    const cluster = systems.get(system);
    if (cluster === null) continue;
    const contender = { entrant, cluster, directory: systems.directoryOf(system) };
    const way = `${system.name}/${driver.protocol}`;
    try {
      if (!ready.has(way)) await prepare(contender, loads, method);
      ready.add(way);
      contenders.push(contender);
    } catch (error) {
      failed(entrant.name, error);
    }
  }
  return contenders;
}

/** Writes all keys over the protocol of an entrant, and warms the system up over it. */
async function prepare(
  contender: Contender,
  loads: readonly Load[],
  method: Method,
): Promise<void> {
  const { entrant: { driver, system, isLimit } } = contender;
  method.progress(`warming up ${system.name} over ${driver.protocol}`);
  const sizes = loads.filter((load) => driver.canMake(load)).map(({ valueBytes }) => valueBytes);
  for (const valueBytes of isLimit ? [] : new Set([BASE_VALUE_BYTES, ...sizes])) {
    await driver.fill(await targetOf(contender, method), valueBytes);
  }
  await warmUp(contender, method);
}

/** Systems are faster once they are warm; a just-in-time compiler takes the longest. */
async function warmUp(contender: Contender, method: Method): Promise<void> {
  const { driver } = contender.entrant;
  const seconds = Math.max(1, Math.round(method.warmUp / WORKS.length));
  const connections = baseConnections(method.space);
  for (const work of WORKS) {
    const writes = work === "put" ? 1 : 0;
    const load = { writes, connections, pipeline: 1, valueBytes: BASE_VALUE_BYTES };
    if (!driver.canMake(load)) continue;
    await driver.measure(await targetOf(contender, method), load, { seconds, seed: 1 });
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
