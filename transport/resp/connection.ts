import { wordOf } from "./arguments.ts";
import type { Client, Command, Means } from "./command.ts";
import { commandOf, keysNamed } from "./dispatch.ts";
import { toRespError } from "./errors.ts";
import type { Flushable, Flusher } from "./flusher.ts";
import { ProtocolError, type RequestLimits, RequestParser } from "./parser.ts";
import { type Reply, RespError, sizeOf } from "./reply.ts";
import { ReplyWriter, type RespVersion } from "./reply_writer.ts";
import { type Demand, type RespOrder, Window } from "./window.ts";

/** What a connection is made with. */
export interface ConnectionOptions {
  readonly id: number;
  readonly socket: Deno.TcpConn;
  readonly means: Means;
  readonly requests: RequestLimits;
  readonly order: RespOrder;
  readonly flusher: Flusher;
  readonly onDefect: (error: unknown) => void;
}

/** The answer to a command, perhaps still to come. */
interface Pending {
  reply: Reply | undefined;
}

/** Beyond so many bytes that wait to be sent nothing more is executed, until some were. */
const OUTPUT_BYTES_HIGH = 1024 * 1024;
/** How many answers that were written are held before their places are given back. */
const ANSWERED_MAX = 64;
const NO_KEYS: readonly string[] = [];
/** What a command of the store has besides each argument is less. */
const ARGUMENT_BYTES = 32;

/**
 * One client: reads its requests, executes them as far as they may be under way together, and answers in
 * their order. While nothing more may begin, nothing more is read: TCP then slows the client down.
 */
export class Connection implements Client, Flushable {
  readonly id: number;
  readonly address: string;
  readonly localAddress: string;
  readonly since: number;
  lastAt: number;
  lastCommand = "NULL";
  name = "";
  libraryName = "";
  libraryVersion = "";
  version: RespVersion = 2;
  isStale = false;
  isInTransaction = false;
  isLeaving = false;
  readonly #options: ConnectionOptions;
  readonly #socket: Deno.TcpConn;
  readonly #means: Means;
  readonly #parser: RequestParser;
  readonly #window: Window;
  readonly #writer = new ReplyWriter();
  /** Commands that are not answered, in the order of their requests. */
  #pending: Pending[] = [];
  #first = 0;
  /** About how many bytes are known of answers that wait for one before them. */
  #heldBytes = 0;
  #isSending = false;
  #isFlushed = true;
  #isBroken = false;
  #wake: (() => void) | undefined;

  constructor(options: ConnectionOptions) {
    this.#options = options;
    this.#socket = options.socket;
    this.#means = options.means;
    this.id = options.id;
    this.address = format(this.#socket.remoteAddr);
    this.localAddress = format(this.#socket.localAddr);
    this.since = this.lastAt = options.means.now();
    this.#parser = new RequestParser(options.requests);
    this.#window = new Window(options.order);
  }

  /** Serves the client until it leaves, or is told to. Never rejects. */
  async run(): Promise<void> {
    while (!this.isLeaving && await this.#read()) await this.#executeAll();
    await this.#finish();
  }

  /** Answers what is under way, and closes. */
  async stop(): Promise<void> {
    this.isLeaving = true;
    this.#woken();
    await this.#finish();
  }

  /** Closes at once. */
  close(): void {
    if (this.#isBroken) return;
    this.#isBroken = true;
    this.isLeaving = true;
    this.#socket.close();
    this.#woken();
  }

  /** Sends what there is to send, unless it is being sent already. */
  flush(): void {
    this.#isFlushed = true;
    if (!this.#isSending && !this.#isBroken && this.#writer.length > 0) this.#send();
  }

  /** Reads what there is, once there is something; whether there was. */
  async #read(): Promise<boolean> {
    try {
      const count = await this.#socket.read(this.#parser.space());
      if (count === null) return false;
      this.#means.figures.received += count;
      this.#parser.received(count);
      return true;
    } catch {
      return false; // The connection is lost, or was closed from here: nobody is left to be told.
    }
  }

  /** Executes what has come as a whole; returns when there is nothing left but the beginning of a request. */
  async #executeAll(): Promise<void> {
    try {
      while (!this.isLeaving) {
        const args = this.#parser.next();
        if (args === undefined) return;
        const later = this.#execute(args);
        if (later !== undefined) await later;
      }
    } catch (error) {
      this.isLeaving = true;
      this.#answer(
        error instanceof ProtocolError
          ? new RespError(`ERR ${error.message}`)
          : this.#errorOf(error),
      );
    }
  }

  /** Begins to execute a request, as soon as it may; `undefined` if it did at once. */
  #execute(args: readonly Uint8Array[]): Promise<void> | undefined {
    const command = commandOf(args, this.#means.commands, this.isInTransaction);
    if (command instanceof RespError) {
      if (isOfBrowser(args)) this.close();
      else if (this.#hasRoom()) this.#answer(command);
      else return this.#answerLater(command);
      return undefined;
    }
    const isByKey = this.#options.order === "key";
    const demand = {
      effect: typeof command.effect === "string" ? command.effect : command.effect(args),
      keys: isByKey ? keysNamed(command, args) : NO_KEYS,
      bytes: bytesOf(args),
    };
    if (this.#mayBegin(demand)) {
      this.#begin(command, args, demand);
      return undefined;
    }
    return this.#beginLater(command, args, demand);
  }

  #mayBegin(demand: Demand): boolean {
    const group = this.#means.store.groupFor(demand.bytes);
    return this.#hasRoom() && this.#window.admits(demand, group);
  }

  /** Whether there may be more answers, of those that nobody has taken yet. */
  #hasRoom(): boolean {
    return this.#writer.length + this.#heldBytes <= OUTPUT_BYTES_HIGH;
  }

  async #answerLater(error: RespError): Promise<void> {
    while (!this.#hasRoom()) {
      await this.#untilWoken();
      if (this.isLeaving) return;
    }
    this.#answer(error);
  }

  async #beginLater(
    command: Command,
    args: readonly Uint8Array[],
    demand: Demand,
  ): Promise<void> {
    while (!this.#mayBegin(demand)) {
      await this.#untilWoken();
      if (this.isLeaving) return;
    }
    this.#begin(command, args, demand);
  }

  #begin(command: Command, args: readonly Uint8Array[], demand: Demand): void {
    this.lastAt = this.#means.now();
    this.lastCommand = command.name;
    this.#means.figures.commands++;
    let reply: Reply | Promise<Reply>;
    try {
      reply = command.run({ args, client: this, means: this.#means });
    } catch (error) {
      reply = this.#errorOf(error);
    }
    if (!(reply instanceof Promise)) return this.#answer(reply);
    const pending: Pending = { reply: undefined };
    this.#pending.push(pending);
    this.#window.begin(demand, this.#means.store.groupFor(0));
    const end = (reply: Reply) => {
      this.#window.end(demand);
      pending.reply = reply;
      this.#heldBytes += sizeOf(reply);
      this.#writeAnswered();
      this.#woken();
    };
    reply.then(end, (error) => end(this.#errorOf(error)));
  }

  #errorOf(error: unknown): RespError {
    return toRespError(error, this.#options.onDefect);
  }

  /** Answers a command that is executed already, after those before it. */
  #answer(reply: Reply): void {
    if (this.#first === this.#pending.length) return this.#write(reply);
    this.#pending.push({ reply });
    this.#heldBytes += sizeOf(reply);
  }

  /** Writes the answers up to the first that is still to come. */
  #writeAnswered(): void {
    for (; this.#first < this.#pending.length; this.#first++) {
      const { reply } = this.#pending[this.#first]!;
      if (reply === undefined) break;
      this.#heldBytes -= sizeOf(reply);
      this.#write(reply);
    }
    // One copy for many answers: to shift for each would move all that follow.
    if (this.#first < this.#pending.length && this.#first < ANSWERED_MAX) return;
    this.#pending = this.#pending.slice(this.#first);
    this.#first = 0;
  }

  #write(reply: Reply): void {
    if (reply instanceof RespError) this.#means.figures.errors++;
    if (this.#isBroken) return;
    this.#writer.write(reply, this.version);
    if (!this.#isFlushed) return;
    this.#isFlushed = false;
    this.#options.flusher.add(this);
  }

  async #send(): Promise<void> {
    this.#isSending = true;
    try {
      while (this.#writer.length > 0) {
        const bytes = this.#writer.take();
        for (let at = 0; at < bytes.length;) at += await this.#socket.write(bytes.subarray(at));
        this.#means.figures.sent += bytes.length;
        this.#writer.recycle(bytes);
        this.#woken();
      }
    } catch {
      this.close();
    }
    this.#isSending = false;
    this.#woken();
  }

  /** Waits until all is answered and sent, and closes. */
  async #finish(): Promise<void> {
    while (
      !this.#isBroken && (this.#window.count > 0 || this.#writer.length > 0 || this.#isSending)
    ) {
      this.flush();
      await this.#untilWoken();
    }
    this.close();
  }

  #untilWoken(): Promise<void> {
    const before = this.#wake;
    return new Promise((resolve) => {
      this.#wake = () => {
        before?.();
        resolve();
      };
    });
  }

  #woken(): void {
    const wake = this.#wake;
    this.#wake = undefined;
    wake?.();
  }
}

/**
 * Whether a request is the beginning of one over HTTP. A page in a browser can have one sent here, with
 * commands in its body: Redis, too, breaks off.
 */
function isOfBrowser(args: readonly Uint8Array[]): boolean {
  const name = wordOf(args[0]!);
  return name === "post" || name === "host:";
}

/** What a request takes at most, here and in a command of the store. */
function bytesOf(args: readonly Uint8Array[]): number {
  let bytes = 0;
  for (const { length } of args) bytes += length + ARGUMENT_BYTES;
  return bytes;
}

function format(address: Deno.Addr): string {
  const { hostname, port } = address as Deno.NetAddr;
  return hostname.includes(":") ? `[${hostname}]:${port}` : `${hostname}:${port}`;
}
