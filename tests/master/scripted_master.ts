import { decode, encode } from "../../actors/schema.ts";
import {
  encodeCommand,
  type MasterAnswer,
  masterAnswer,
  type MasterCommand,
  type MasterOutcome,
  type MasterQuery,
  masterQuery,
} from "../../protocols/master/commands.ts";
import type {
  Configuration,
  NodeEntry,
  VolumeConfiguration,
} from "../../protocols/master/configuration.ts";
import { MasterMachine, type MasterOptions } from "../../protocols/master/machine.ts";

/** Whose volumes a test speaks of: one, over all nodes, unless it says otherwise. */
export const ONE_VOLUME = { nodeCount: 3, volumes: 1, length: 3 } as const;

/** A master that a test gives commands to, one after the other. */
export class ScriptedMaster {
  readonly options: MasterOptions;
  machine: MasterMachine;
  #ticket = 0;

  constructor(options: MasterOptions = ONE_VOLUME) {
    this.options = options;
    this.machine = new MasterMachine(options);
  }

  /** A master whose nodes have all entered, node `n` with birth `100 + n` everywhere. */
  static formed(
    options: MasterOptions = ONE_VOLUME,
    dataCenters: readonly string[] = [],
  ): ScriptedMaster {
    const master = new ScriptedMaster(options);
    for (let node = 0; node < options.nodeCount; node++) {
      master.enter(node, 100 + node, dataCenters[node]);
    }
    return master;
  }

  get configuration(): Configuration {
    return this.machine.configuration;
  }

  volume(index = 0): VolumeConfiguration {
    return this.configuration.volumes[index]!;
  }

  /** The nodes of a volume, in the order of the chain. */
  order(index = 0): number[] {
    return this.volume(index).members.map(({ node }) => node);
  }

  node(index: number): NodeEntry {
    return this.configuration.nodes[index]!;
  }

  submit(command: MasterCommand): MasterOutcome {
    const ticket = ++this.#ticket;
    const answer = decode(masterAnswer, this.machine.apply(encodeCommand(ticket, command)));
    if (answer.type !== "executed" || answer.ticket !== ticket) {
      throw new Error(`Not an answer to ${ticket}: ${JSON.stringify(answer)}`);
    }
    return answer.outcome;
  }

  ask(query: MasterQuery): MasterAnswer {
    return decode(masterAnswer, this.machine.query(encode(masterQuery, query)));
  }

  /** A node enters with one birth in all volumes. */
  enter(node: number, birth = 100 + node, dataCenter = ""): MasterOutcome {
    const births = this.configuration.volumes.map(({ volume }) => ({ volume, birth }));
    const after = this.node(node).entrances;
    return this.submit({ type: "enter", node, after, dataCenter, births, suspects: [] });
  }

  report(node: number, ...suspects: number[]): MasterOutcome {
    const entrance = this.node(node).entrances;
    return this.submit({ type: "report", node, entrance, suspects });
  }

  /** Expels a node as intended. */
  expel(node: number): MasterOutcome {
    return this.submit({ type: "expel", node, intention: this.node(node).expelling ?? 0 });
  }

  /** Whoever is to say so says that a node has joined: a chain's last member, or in a clique that node. */
  extended(index = 0): MasterOutcome {
    const { members, joining, epoch } = this.volume(index);
    const isClique = this.options.topology === "clique" && joining !== null;
    const { node } = isClique ? joining : members.at(-1)!;
    const entrance = this.node(node).entrances;
    return this.submit({ type: "extended", node, entrance, volume: index, epoch });
  }

  /** The member that is leaving says that it has stopped. */
  stopped(index = 0): MasterOutcome {
    const { leaving, epoch } = this.volume(index);
    const node = leaving!;
    const entrance = this.node(node).entrances;
    return this.submit({ type: "stopped", node, entrance, volume: index, epoch });
  }

  /** Whether a poll grants a lease. */
  grants(node: number): boolean {
    const answer = this.ask({ type: "poll", node, nonce: 7, known: 0 });
    return answer.type === "polled" && answer.lease;
  }

  /** Lets every step that is under way succeed, until none is. */
  settle(): void {
    for (let step = 0; step < 1_000; step++) {
      const moving = this.configuration.volumes
        .find(({ joining, leaving }) => joining !== null || leaving !== null);
      if (moving === undefined) return;
      if (moving.joining !== null) this.extended(moving.volume);
      else this.stopped(moving.volume);
    }
    throw new Error("The reconfigurations do not come to an end");
  }
}
