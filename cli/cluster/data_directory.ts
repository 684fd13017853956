import { toError, TroupeError } from "../../actors/errors.ts";
import { type ClusterConfig, volumesOf } from "../config.ts";

/** Says in a data directory which cluster it belongs to. */
const MARKER = "cluster.json";
/** What a marker that does not say otherwise means. */
const NOT_WRITTEN = { stateMachine: "kv", volumes: 1 };

/**
 * Makes the data directory ready: creates it, or checks that it belongs to a cluster of the same shape.
 * A cluster that starts with more nodes than its data knows could elect a majority that has none
 * of it, and so lose what was acknowledged.
 *
 * @param options.fresh Whether to delete what the nodes have written there before.
 * @throws {TroupeError} `data_mismatch`, or `data_unusable`.
 */
export function prepareData(config: ClusterConfig, options: { readonly fresh: boolean }): void {
  const { data } = config;
  if (config.durability === "memory") return;
  try {
    Deno.mkdirSync(data, { recursive: true, mode: 0o700 });
    if (options.fresh) deleteData(data);
    checkMarker(config);
  } catch (error) {
    if (error instanceof TroupeError) throw error;
    const why = toError(error).message;
    throw new TroupeError("data_unusable", `Cannot use the data directory ${data}: ${why}`);
  }
}

/** Deletes what nodes and the runner have written, and nothing else. */
function deleteData(data: string): void {
  for (const { name } of Deno.readDirSync(data)) {
    if (name === MARKER || /^node-\d+$/.test(name)) {
      Deno.removeSync(`${data}/${name}`, { recursive: true });
    }
  }
}

function checkMarker(config: ClusterConfig): void {
  const path = `${config.data}/${MARKER}`;
  const { cluster, protocol, stateMachine } = config;
  const volumes = volumesOf(config);
  const expected = {
    cluster,
    protocol,
    nodes: config.replicasAddresses.length,
    ...(stateMachine === "kv" ? {} : { stateMachine }),
    ...(volumes === 1 ? {} : { volumes }),
  };
  const found = readMarker(path);
  if (found === null) {
    return Deno.writeTextFileSync(path, `${JSON.stringify(expected)}\n`, { mode: 0o600 });
  }
  const present: Readonly<Record<string, unknown>> = { ...NOT_WRITTEN, ...expected };
  const differences = Object.entries({ ...NOT_WRITTEN, ...found })
    .filter(([name, value]) => Object.hasOwn(present, name) && present[name] !== value)
    .map(([name, value]) => `${name} ${String(value)}, not ${String(present[name])}`);
  if (differences.length === 0) return;
  throw new TroupeError(
    "data_mismatch",
    `Cannot start: the data in ${config.data} is of a cluster with ${differences.join(" and ")}. ` +
      "Start it as it was, choose another --data, or delete it with --fresh",
  );
}

function readMarker(path: string): Readonly<Record<string, unknown>> | null {
  let text: string;
  try {
    text = Deno.readTextFileSync(path);
  } catch (error) {
    if (error instanceof Deno.errors.NotFound) return null;
    throw error;
  }
  const marker: unknown = JSON.parse(text);
  if (typeof marker === "object" && marker !== null) return marker as Record<string, unknown>;
  throw new Error(`${path} holds no description of a cluster`);
}
