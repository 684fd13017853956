import { randomInteger, type RandomStream, randomStream } from "../../../actors/random.ts";
import type { Conversation, Heard } from "./closed_loop.ts";
import type { RespRequest } from "./requests.ts";
import { ReplyCounter } from "./resp_replies.ts";

const DIGITS = 12;
const WAIT = new TextEncoder().encode("*3\r\n$4\r\nWAIT\r\n$1\r\n1\r\n$4\r\n1000\r\n");

/** What {@linkcode RespConversation} needs to know of a load. */
export type RespWork = Pick<
  RespRequest,
  "pipeline" | "writes" | "keys" | "valueBytes" | "wait" | "seed"
>;

/** A client of Redis, with the keys of redis-benchmark. */
export class RespConversation implements Conversation {
  readonly connection: Deno.TcpConn;
  readonly #work: RespWork;
  readonly #random: RandomStream;
  readonly #nextKey: () => number;
  readonly #set: Uint8Array;
  readonly #get: Uint8Array;
  readonly #buffer: Uint8Array;
  readonly #replies = new ReplyCounter();
  /** Replies of the unit under way that have been counted, and errors seen before. */
  #repliesSeen = 0;
  #errorsSeen = 0;

  /** @param nextKey Chooses keys; at random unless given. */
  constructor(connection: Deno.TcpConn, work: RespWork, index: number, nextKey?: () => number) {
    this.connection = connection;
    this.#work = work;
    this.#random = randomStream(work.seed, `resp-${index}`);
    this.#nextKey = nextKey ?? (() => randomInteger(this.#random, work.keys));
    this.#set = setCommand(work.valueBytes);
    this.#get = getCommand();
    this.#buffer = new Uint8Array(work.pipeline * (this.#set.length + WAIT.length));
  }

  /** Connects. */
  static async open(
    port: number,
    work: RespWork,
    index: number,
    nextKey?: () => number,
  ): Promise<RespConversation> {
    const connection = await Deno.connect({ hostname: "127.0.0.1", port });
    connection.setNoDelay();
    return new RespConversation(connection, work, index, nextKey);
  }

  ask(count: number): Uint8Array {
    const { writes, wait } = this.#work;
    let at = 0;
    for (let each = 0; each < count; each++) {
      const isWrite = writes === 1 || (writes > 0 && this.#random() < writes);
      at = this.#append(isWrite ? this.#set : this.#get, at);
      if (wait === "each" || (wait === "last" && each === count - 1)) {
        this.#buffer.set(WAIT, at);
        at += WAIT.length;
      }
    }
    return this.#buffer.subarray(0, at);
  }

  hear(bytes: Uint8Array): Heard {
    this.#replies.push(bytes);
    const errors = this.#replies.errors - this.#errorsSeen;
    this.#errorsSeen = this.#replies.errors;
    const { operations, replies } = this.#unit();
    const units = Math.floor((this.#replies.count - this.#repliesSeen) / replies);
    this.#repliesSeen += units * replies;
    return { answered: units * operations, errors };
  }

  /** What is acknowledged together: operations, and the replies that say so. */
  #unit(): { readonly operations: number; readonly replies: number } {
    const { wait, pipeline } = this.#work;
    if (wait === "last") return { operations: pipeline, replies: pipeline + 1 };
    return { operations: 1, replies: wait === "each" ? 2 : 1 };
  }

  #append(command: Uint8Array, at: number): number {
    this.#buffer.set(command, at);
    let key = this.#nextKey();
    const last = at + KEY_AT[command === this.#set ? "set" : "get"] + DIGITS - 1;
    for (let digit = last; key > 0; digit--) {
      this.#buffer[digit] = 48 + key % 10;
      key = Math.floor(key / 10);
    }
    return at + command.length;
  }
}

const KEY = `$${"key:".length + DIGITS}\r\nkey:${"0".repeat(DIGITS)}\r\n`;
const SET_HEAD = "*3\r\n$3\r\nSET\r\n";
const GET_HEAD = "*2\r\n$3\r\nGET\r\n";
/** Where the digits of the key begin in a command. */
const KEY_AT = {
  set: SET_HEAD.length + KEY.indexOf(":") + 1,
  get: GET_HEAD.length + KEY.indexOf(":") + 1,
};

function setCommand(valueBytes: number): Uint8Array {
  const value = `$${valueBytes}\r\n${"v".repeat(valueBytes)}\r\n`;
  return new TextEncoder().encode(SET_HEAD + KEY + value);
}

function getCommand(): Uint8Array {
  return new TextEncoder().encode(GET_HEAD + KEY);
}
