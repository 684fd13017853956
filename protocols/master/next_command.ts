import type { MasterCommand } from "./commands.ts";
import type { Configuration } from "./configuration.ts";
import type { LocalReplicas } from "./local_replicas.ts";

/** What a member knows of its own node, and of what the master knows. */
export interface Knowledge {
  readonly node: number;
  readonly dataCenter: string;
  readonly configuration: Configuration;
  readonly replicas: LocalReplicas;
  /** Whom the node suspects, in the order of their indices. */
  readonly suspects: readonly number[];
  /** An expulsion that is due. */
  readonly expulsion: MasterCommand | undefined;
}

/** What the master is to be told first, of all that it does not know; `undefined` if it knows all. */
export function nextCommand(knowledge: Knowledge): MasterCommand | undefined {
  const { node, dataCenter, configuration, replicas, suspects, expulsion } = knowledge;
  const known = configuration.nodes[node]!;
  const { entrances } = known;
  if (replicas.isEntryDue) {
    return { type: "enter", node, after: entrances, dataCenter, births: replicas.births, suspects };
  }
  if (expulsion !== undefined || entrances === 0) return expulsion;
  const [said] = replicas.said;
  if (said !== undefined) {
    const { type, volume, epoch } = said;
    return { type, node, entrance: entrances, volume, epoch };
  }
  if (isSame(suspects, known.suspects)) return undefined;
  return { type: "report", node, entrance: entrances, suspects };
}

function isSame(one: readonly number[], other: readonly number[]): boolean {
  return one.length === other.length && one.every((item, index) => item === other[index]);
}
