/**
 * Sockets as the transport wants them: no promise leaves this file, so none can be forgotten.
 *
 * `Deno.connect` and `Deno.listen`, not node:net: measured, the two are close, and Deno's own never the
 * dearer beyond noise (one message at a time: 3 and 9 % less CPU in two interleaved runs). What decides
 * is that its reads come in a buffer of ours. TLS between nodes will need node:tls, behind `Socket`.
 *
 * @module
 */
import type { Cancel } from "../actors/actor.ts";
import type { Environment } from "../actors/environment.ts";
import { TroupeError } from "../actors/errors.ts";
import { SparingLog } from "./sparing_log.ts";
import { type Address, formatAddress } from "./address.ts";

/** One connection, perhaps still to come. */
export interface Socket {
  /**
   * Writes all of the bytes, then calls `done`; never from within the call, and not at all once the
   * socket is closed. The bytes must not change before. Two writes at a time may mix: wait for
   * `done`, or for an answer to the earlier.
   */
  write(bytes: Uint8Array, done: () => void): void;
  /** Ends the connection or the attempt at one. No handler is called any more. */
  close(): void;
}

/** What becomes of a connection; no handler is called from within a call to the socket. */
export interface SocketHandlers {
  /** An attempt has succeeded. Not called for accepted connections. */
  opened?(): void;
  /** Bytes have come. They are overwritten by the next ones. */
  received(chunk: Uint8Array): void;
  /**
   * The peer has closed, or the connection failed or never came about. Called once, and last.
   *
   * @param isRefused Whether the machine has answered that nobody listens there. @default {false}
   */
  closed(reason: string, isRefused?: boolean): void;
}

/** Takes an accepted connection and says who handles it. */
export type Accept = (socket: Socket, from: string) => SocketHandlers;

/** An address that cannot be listened on. */
export class ListenFailed extends TroupeError {
  constructor(address: Address, cause: unknown) {
    super(
      "listen_failed",
      `Cannot listen on ${formatAddress(address)}: ${describeError(cause)}`,
      { cause },
    );
  }
}

/**
 * The read buffer of a new connection, in bytes. It grows while reads fill it: thousands of idle
 * connections cost little, a busy one is read in large pieces.
 */
const READ_BYTES_MIN = 1024;
/** The largest read buffer, in bytes. */
const READ_BYTES_MAX = 64 * 1024;
/** Pause after an accept that failed (out of file descriptors, as a rule), in milliseconds. */
const ACCEPT_RETRY_MS = 100;

/** The sockets of one node. */
export class Sockets {
  readonly #environment: Environment;
  readonly #log: SparingLog;
  readonly #running = new Set<Promise<void>>();
  #listener: Deno.TcpListener | undefined;
  #cancelRetry: Cancel | undefined;

  constructor(environment: Environment) {
    this.#environment = environment;
    this.#log = new SparingLog(environment, "transport");
  }

  /**
   * Accepts connections.
   *
   * @returns Where it listens; the port is the one given out if 0 was asked for.
   * @throws {ListenFailed} if the address is taken, is not ours, or is not permitted.
   */
  listen(address: Address, accept: Accept): Address {
    try {
      this.#listener = Deno.listen({ hostname: address.host, port: address.port });
    } catch (cause) {
      throw new ListenFailed(address, cause);
    }
    this.#track(this.#acceptAll(this.#listener, accept));
    return { host: address.host, port: this.#listener.addr.port };
  }

  /** Opens a connection. */
  dial(address: Address, handlers: SocketHandlers): Socket {
    const socket = new TcpSocket((work) => this.#track(work));
    this.#track(socket.dial(address, handlers));
    return socket;
  }

  /** Stops listening, and waits until all sockets, closed by their owners, are at rest. */
  async close(): Promise<void> {
    this.#cancelRetry?.();
    this.#listener?.close();
    this.#listener = undefined;
    while (this.#running.size > 0) await Promise.all(this.#running);
  }

  async #acceptAll(listener: Deno.TcpListener, accept: Accept): Promise<void> {
    try {
      while (true) {
        const connection = await listener.accept();
        const socket = new TcpSocket((work) => this.#track(work), connection);
        const { hostname: host, port } = connection.remoteAddr;
        this.#track(socket.run(connection, accept(socket, formatAddress({ host, port }))));
      }
    } catch (error) {
      if (this.#listener !== listener) return;
      this.#log.write("warn", "accept", `cannot accept: ${describeError(error)}`);
      this.#cancelRetry = this.#environment.after(ACCEPT_RETRY_MS, () => {
        this.#track(this.#acceptAll(listener, accept));
      });
    }
  }

  /** Remembers what runs until it has ended. Handlers do not throw; if one does, this is the net. */
  #track(work: Promise<void>): void {
    const ended = work.catch((error) => {
      this.#log.write("error", "handler", `a handler failed: ${describeError(error)}`);
    }).finally(() => this.#running.delete(ended));
    this.#running.add(ended);
  }
}

class TcpSocket implements Socket {
  readonly #track: (work: Promise<void>) => void;
  #abort: AbortController | undefined;
  #connection: Deno.TcpConn | undefined;
  #handlers: SocketHandlers | undefined;
  #closed = false;

  constructor(track: (work: Promise<void>) => void, connection?: Deno.TcpConn) {
    this.#track = track;
    this.#connection = connection;
  }

  write(bytes: Uint8Array, done: () => void): void {
    this.#track(this.#writeAll(bytes, done));
  }

  close(): void {
    if (this.#closed) return;
    this.#closed = true;
    this.#abort?.abort();
    this.#connection?.close();
  }

  async dial({ host: hostname, port }: Address, handlers: SocketHandlers): Promise<void> {
    this.#handlers = handlers;
    this.#abort = new AbortController();
    try {
      this.#connection = await Deno.connect({ hostname, port, signal: this.#abort.signal });
    } catch (error) {
      return this.#end(describeError(error), error instanceof Deno.errors.ConnectionRefused);
    }
    // The attempt may have been given up while its success was on its way.
    if (this.#closed) return this.#connection.close();
    handlers.opened?.();
    await this.run(this.#connection, handlers);
  }

  /** Reads until the connection ends. */
  async run(connection: Deno.TcpConn, handlers: SocketHandlers): Promise<void> {
    this.#handlers = handlers;
    let reason = "closed by the peer";
    try {
      await this.#readAll(connection, handlers);
    } catch (error) {
      reason = describeError(error);
    }
    this.#end(reason);
  }

  async #readAll(connection: Deno.TcpConn, handlers: SocketHandlers): Promise<void> {
    connection.setNoDelay(true);
    // A machine that lost its power says no goodbye; the kernel notices at last.
    connection.setKeepAlive(true);
    let buffer = new Uint8Array(READ_BYTES_MIN);
    while (true) {
      const count = await connection.read(buffer);
      if (count === null || this.#closed) return;
      handlers.received(buffer.subarray(0, count));
      if (count === buffer.length && count < READ_BYTES_MAX) buffer = new Uint8Array(count * 4);
    }
  }

  async #writeAll(bytes: Uint8Array, done: () => void): Promise<void> {
    try {
      let at = 0;
      while (at < bytes.length) {
        if (this.#closed || this.#connection === undefined) return;
        at += await this.#connection.write(bytes.subarray(at));
      }
    } catch (error) {
      return this.#end(describeError(error));
    }
    if (!this.#closed) done();
  }

  #end(reason: string, isRefused = false): void {
    if (this.#closed) return;
    this.close();
    this.#handlers?.closed(reason, isRefused);
  }
}

function describeError(error: unknown): string {
  return error instanceof Error ? `${error.name}: ${error.message}` : String(error);
}
