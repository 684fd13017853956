import { ActorSystem } from "../../actors/system.ts";
import { randomInteger, type RandomStream } from "../../actors/random.ts";
import { refTo } from "../../actors/ref.ts";
import { type ClientReply, clientReply, clientRequest } from "../../protocols/client_messages.ts";
import { encodeCommand, type MasterCommand } from "../../protocols/master/commands.ts";
import { MASTER } from "../../protocols/master/names.ts";
import { encodeRequest } from "../../protocols/request.ts";
import { oneOf } from "../distributions.ts";
import { NodeEnvironment } from "../environment.ts";
import type { MasterWorld } from "./master_world.ts";

/** The node on which the operator lives. */
const OPERATOR_NODE = 201;
const NAME = "operator";
/** Sessions of the master's group. */
const SESSIONS_MAX = 256;
/** How long an operator waits before he says something again, in milliseconds. */
const RETRY_MS = 200;

/** Whoever tells the master to add, to remove and to rebalance: again and again, until it is done. */
export class Operator {
  readonly #world: MasterWorld;
  #system: ActorSystem | undefined;
  #clientId: number | undefined;
  #requestNumber = 0;
  readonly #commands: MasterCommand[] = [];
  #target = 0;
  /** Whom it has removed and not added again. */
  readonly #removed = new Set<number>();

  constructor(world: MasterWorld) {
    this.#world = world;
  }

  /** Does something; returns what. */
  act(random: RandomStream): string {
    const command = this.#draw(random);
    this.submit(command);
    return "node" in command ? `admin ${command.type} ${command.node}` : `admin ${command.type}`;
  }

  /** Has a command executed, after those before it. */
  submit(command: MasterCommand): void {
    this.#commands.push(command);
    if (this.#commands.length === 1) this.#ask();
  }

  /** Somebody is left to replicate to. */
  #draw(random: RandomStream): MasterCommand {
    const { length } = this.#world.nodes;
    const removed = [...this.#removed];
    if (random() < 0.3) return { type: "rebalance" };
    if (removed.length > 0 && (random() < 0.6 || removed.length >= length / 2)) {
      const node = oneOf(random, removed);
      this.#removed.delete(node);
      return { type: "add", node };
    }
    const node = randomInteger(random, length);
    this.#removed.add(node);
    return { type: "remove", node };
  }

  #ask(): void {
    const [command] = this.#commands;
    if (command === undefined) return;
    const system = this.#system ??= this.#start();
    const ticket = this.#requestNumber + 1;
    const request = this.#clientId === undefined
      ? encodeRequest({ type: "open-session", nonce: 1, sessionsMax: SESSIONS_MAX })
      : encodeRequest({
        type: "command",
        clientId: this.#clientId,
        requestNumber: ticket,
        command: encodeCommand(ticket, command),
      });
    const replyTo = refTo<ClientReply>(OPERATOR_NODE, NAME);
    this.#target = (this.#target + 1) % this.#world.nodes.length;
    const table = refTo(this.#target, MASTER.clientTable, clientRequest);
    system.send(table, { type: "submit", request, forward: true, replyTo });
    const asked = { ticket, command, clientId: this.#clientId };
    system.environment.after(RETRY_MS, () => {
      const isOpen = asked.command === this.#commands[0] && asked.clientId === this.#clientId;
      if (isOpen) this.#ask();
    });
  }

  #take(reply: ClientReply): void {
    switch (reply.type) {
      case "session":
        if (this.#clientId !== undefined) return;
        this.#clientId = reply.clientId;
        return this.#ask();
      case "result":
        // Answers come more than once; each says for itself which it is.
        if (reply.opNumber <= this.#answered) return;
        this.#answered = reply.opNumber;
        this.#requestNumber++;
        this.#commands.shift();
        return this.#ask();
    }
  }

  #answered = 0;

  #start(): ActorSystem {
    const { clock, hash, seed, network } = this.#world;
    const environment = new NodeEnvironment({
      clock,
      hash,
      seed,
      node: OPERATOR_NODE,
      name: NAME,
      wallTime: (at) => at,
      onLog: () => {},
      maybe: () => false,
    });
    const system = new ActorSystem({ node: OPERATOR_NODE, environment });
    network.join(system);
    system.expose(NAME, clientReply);
    system.spawn<ClientReply>(NAME, () => ({ receive: (reply) => this.#take(reply) }));
    return system;
  }
}
