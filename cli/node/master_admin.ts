import { decode, encode } from "../../actors/schema.ts";
import { TroupeError } from "../../actors/errors.ts";
import {
  encodeCommand,
  type MasterAnswer,
  masterAnswer,
  type MasterOutcome,
  masterQuery,
} from "../../protocols/master/commands.ts";
import type { Configuration } from "../../protocols/master/configuration.ts";
import {
  ChangeRefused,
  type ClusterAdmin,
  type ClusterChange,
  type ClusterLayout,
  type Requests,
} from "../../transport/service.ts";

/** Asks the master on behalf of operators. */
export class MasterAdmin implements ClusterAdmin {
  readonly #master: Requests;
  readonly #nodeCount: number;
  readonly #topology: ClusterLayout["topology"];

  /** Takes the way to the master, how many nodes the cluster has, and what their volumes are like. */
  constructor(master: Requests, nodeCount: number, topology: ClusterLayout["topology"]) {
    this.#master = master;
    this.#nodeCount = nodeCount;
    this.#topology = topology;
  }

  async show(): Promise<ClusterLayout> {
    const { result } = await this.#master.query(encode(masterQuery, { type: "show" }));
    const answer = decode(masterAnswer, result);
    if (answer.type === "shown") return this.#layout(answer.configuration);
    throw unexpected(answer);
  }

  async change(change: ClusterChange): Promise<ClusterLayout> {
    // The answer comes back by itself, so the ticket tells nothing here.
    const { result } = await this.#master.submit(encodeCommand(0, change));
    const answer = decode(masterAnswer, result);
    if (answer.type !== "executed") throw unexpected(answer);
    const refusal = refusalOf(change, answer.outcome, this.#nodeCount);
    if (refusal !== undefined) throw refusal;
    return this.#layout(answer.configuration);
  }

  #layout(configuration: Configuration): ClusterLayout {
    return { topology: this.#topology, ...configuration };
  }
}

function refusalOf(
  change: ClusterChange,
  outcome: MasterOutcome,
  nodeCount: number,
): ChangeRefused | undefined {
  const node = "node" in change ? change.node : undefined;
  switch (outcome) {
    case "done":
    case "void":
      return undefined;
    case "lastMember":
      return new ChangeRefused(
        "last_member",
        `Node ${node} cannot be removed: it is the only one that has the data of some volume`,
      );
    case "unknownNode":
      return new ChangeRefused(
        "no_such_node",
        `The cluster has no node ${node}: its nodes are 0 to ${nodeCount - 1}`,
      );
    case "notFormed":
      return new ChangeRefused(
        "not_formed",
        "The cluster is not formed yet: some nodes have never been there",
      );
  }
}

function unexpected({ type }: MasterAnswer): TroupeError {
  return new TroupeError("unexpected_result", `Master answered with "${type}"`);
}
