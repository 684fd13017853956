import { ActorSystem } from "../../actors/system.ts";
import { refTo } from "../../actors/ref.ts";
import { type ClientReply, clientReply, clientRequest } from "../../protocols/client_messages.ts";
import { decodeQueryResult, encodeQuery } from "../../protocols/kv/commands.ts";
import { volumeNames } from "../../protocols/volume_names.ts";
import { NodeEnvironment } from "../environment.ts";
import type { HermesWorld } from "./hermes_world.ts";

/** The node on which the inspector lives. */
const INSPECTOR_NODE = 202;
const NAME = "inspector";
/** How long a replica may take to answer, in milliseconds. */
const LIMIT_MS = 5_000;
const RETRY_MS = 500;
/** Nobody has more keys. */
const KEYS_MAX = 1_000;

/** Asks replicas, once all is quiet, what they hold: each for itself, whatever others have. */
export class Inspector {
  readonly #world: HermesWorld;
  #system: ActorSystem | undefined;
  #found: ReadonlyMap<string, number> | undefined;

  constructor(world: HermesWorld) {
    this.#world = world;
  }

  /** The revisions of the keys that a replica holds; `undefined` if it does not say. */
  look(node: number, volume: number): ReadonlyMap<string, number> | undefined {
    const system = this.#system ??= this.#start();
    this.#found = undefined;
    const { clock } = this.#world;
    for (let ms = 0; ms < LIMIT_MS && this.#found === undefined; ms += RETRY_MS) {
      system.send(refTo(node, volumeNames(volume).clientTable, clientRequest), {
        type: "query",
        query: encodeQuery({ type: "scan", limit: KEYS_MAX, keysOnly: true }),
        consistency: "stale",
        forward: false,
        replyTo: refTo<ClientReply>(INSPECTOR_NODE, NAME),
      });
      clock.runUntil(() => this.#found !== undefined, RETRY_MS);
    }
    return this.#found;
  }

  #take(reply: ClientReply): void {
    if (reply.type !== "result") return;
    const answer = decodeQueryResult(reply.result);
    if (answer.type !== "page") return;
    this.#found = new Map(answer.items.map(({ key, modRevision }) => [key, modRevision]));
  }

  #start(): ActorSystem {
    const { clock, hash, seed, network } = this.#world;
    const environment = new NodeEnvironment({
      clock,
      hash,
      seed,
      node: INSPECTOR_NODE,
      name: NAME,
      wallTime: (at) => at,
      onLog: () => {},
      maybe: () => false,
    });
    const system = new ActorSystem({ node: INSPECTOR_NODE, environment });
    network.join(system);
    system.expose(NAME, clientReply);
    system.spawn<ClientReply>(NAME, () => ({ receive: (reply) => this.#take(reply) }));
    return system;
  }
}
