import { Buffer } from "node:buffer";
import { randomInteger, type RandomStream, randomStream } from "../../../actors/random.ts";
import { type Conversation, type Heard, writeAll } from "./closed_loop.ts";
import type { ZookeeperRequest } from "./requests.ts";
import {
  connectFrame,
  createFrame,
  getFrame,
  NODE_EXISTS,
  ReplyReader,
  setFrame,
  syncFrame,
} from "./zookeeper_frames.ts";

const SESSION_MS = 30_000;
/** What answers a request for a session is longer than that of any other that is an error. */
const CONNECTED_BYTES = 41;

/** What {@linkcode ZookeeperConversation} needs to know of a load. */
export type ZookeeperWork = Pick<
  ZookeeperRequest,
  "writes" | "syncs" | "keys" | "valueBytes" | "seed"
>;

/** A client of ZooKeeper. A session's requests are answered in their order. */
export class ZookeeperConversation implements Conversation {
  readonly connection: Deno.TcpConn;
  readonly #work: ZookeeperWork;
  readonly #random: RandomStream;
  readonly #value: Buffer;
  readonly #replies = new ReplyReader();
  #created: number | null = null;

  private constructor(connection: Deno.TcpConn, work: ZookeeperWork, index: number) {
    this.connection = connection;
    this.#work = work;
    this.#random = randomStream(work.seed, `zookeeper-${index}`);
    this.#value = Buffer.alloc(work.valueBytes, "v");
  }

  /**
   * Connects, and opens a session.
   *
   * @throws {Error} if there is none.
   */
  static async open(
    port: number,
    work: ZookeeperWork,
    index: number,
  ): Promise<ZookeeperConversation> {
    const connection = await Deno.connect({ hostname: "127.0.0.1", port });
    connection.setNoDelay();
    await writeAll(connection, connectFrame(SESSION_MS));
    const answer = new Uint8Array(CONNECTED_BYTES);
    for (let at = 0; at < answer.length;) {
      const count = await connection.read(answer.subarray(at));
      if (count === null) throw new Error("ZooKeeper opens no session");
      at += count;
    }
    return new ZookeeperConversation(connection, work, index);
  }

  /** From here on operations create the keys, one after the other from that one. */
  createFrom(key: number): this {
    this.#created = key;
    return this;
  }

  ask(count: number): Uint8Array {
    return Buffer.concat(Array.from({ length: count }, () => this.#next()));
  }

  hear(bytes: Uint8Array): Heard {
    let [answered, errors] = [0, 0];
    for (const { id, error } of this.#replies.push(bytes)) {
      if (error !== 0 && error !== NODE_EXISTS) errors++;
      if (id === OPERATION) answered++;
    }
    return { answered, errors };
  }

  #next(): Buffer {
    const { keys, writes, syncs } = this.#work;
    if (this.#created !== null) {
      return createFrame(OPERATION, pathOf(this.#created++ % keys), this.#value);
    }
    const path = pathOf(randomInteger(this.#random, keys));
    if (writes === 1 || (writes > 0 && this.#random() < writes)) {
      return setFrame(OPERATION, path, this.#value);
    }
    const get = getFrame(OPERATION, path);
    return syncs ? Buffer.concat([syncFrame(BESIDE, path), get]) : get;
  }
}

/** Ids of requests: answers come in order, so they need not differ. */
const OPERATION = 1;
/** Of a request whose answer ends no operation. */
const BESIDE = 2;

/** As long as the other systems' keys, after the slash. */
function pathOf(key: number): string {
  return `/bench-${String(key).padStart(10, "0")}`;
}
