import { toError, TroupeError } from "../../actors/errors.ts";
import { type ClusterConfig, volumesOf } from "../config.ts";

/** What a node's data can be read with only, by name; with a master, with its layout, too. */
type Shape = Readonly<Record<string, string | number>>;

const FILE = "shape.json";

/**
 * Sees that the data of a node was written as it is about to be read: by the same protocol, for the same
 * state machine, and spread over as many volumes. Notes it where there is no data yet. Which of the
 * machines of users' own it was, nobody knows.
 *
 * What a master decides follows from its log and from the layout, and whom a volume of chains beside the
 * first forgets from its log and from `sessions_max`: with others than before, a node would make something
 * else of the same log than the rest do.
 *
 * @param directory The node's own, which nobody else uses at present.
 * @throws {TroupeError} `data_mismatch`, or `data_unusable`.
 */
export function requireShape(
  directory: string,
  config: ClusterConfig,
  isOwnMachine: boolean,
): void {
  const wanted = shapeOf(config, isOwnMachine);
  const found = readShape(directory) ?? writeShape(directory, wanted);
  const differences = Object.keys(wanted)
    .filter((name) => found[name] !== wanted[name])
    .map((name) => `${name} ${found[name]}, not ${wanted[name]}`);
  if (differences.length === 0) return;
  throw new TroupeError(
    "data_mismatch",
    `Cannot start: the data in ${directory} is of ${differences.join(" and ")}`,
  );
}

function shapeOf(config: ClusterConfig, isOwnMachine: boolean): Shape {
  const { protocol, stateMachine, replicasAddresses } = config;
  const machine = isOwnMachine ? "own" : stateMachine;
  const nodes = replicasAddresses.length;
  const shape = { protocol, machine, volumes: volumesOf(config) };
  switch (protocol) {
    case "vr":
    case "gossip":
      return shape;
    case "chain":
      return { ...shape, nodes, ...chainShape(config) };
    case "hermes": {
      const { replicas, virtualNodes } = config.hermes;
      return { ...shape, nodes, replicas: replicas ?? "all", virtual_nodes: virtualNodes };
    }
  }
}

function chainShape({ chain, sessionsMax }: ClusterConfig): Shape {
  const { volumes, length, dataCenters, masterDataCenter } = chain;
  return {
    length: length ?? "all",
    data_centers: JSON.stringify(dataCenters),
    master_data_center: masterDataCenter ?? "none",
    ...(volumes > 1 && { sessions_max: sessionsMax }),
  };
}

function readShape(directory: string): Shape | undefined {
  try {
    return JSON.parse(Deno.readTextFileSync(`${directory}/${FILE}`)) as Shape;
  } catch (error) {
    if (error instanceof Deno.errors.NotFound) return undefined;
    throw unusable(directory, error);
  }
}

/** Renamed into its place, so that it is there whole or not at all. */
function writeShape(directory: string, shape: Shape): Shape {
  const path = `${directory}/${FILE}`;
  try {
    Deno.writeTextFileSync(`${path}.tmp`, `${JSON.stringify(shape)}\n`, { mode: 0o600 });
    Deno.renameSync(`${path}.tmp`, path);
  } catch (error) {
    throw unusable(directory, error);
  }
  return shape;
}

function unusable(directory: string, error: unknown): TroupeError {
  const why = toError(error).message;
  return new TroupeError("data_unusable", `Cannot use ${directory}/${FILE}: ${why}`);
}
