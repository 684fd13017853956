/** Ports from 32768 up are given to outgoing connections on Linux, and so may be taken at any time. */
const HIGHEST = 32_767;
const LOWEST = 20_000;
const BLOCK = 20;
const TRIES = 200;

/**
 * Consecutive free ports on the loopback interface. The first of them is listened on for as long as
 * the block is in use, so that tests that run side by side do not choose the same.
 */
export class PortBlock implements Disposable {
  readonly #lease: Deno.TcpListener;
  readonly #first: number;

  private constructor(lease: Deno.TcpListener, first: number) {
    this.#lease = lease;
    this.#first = first;
  }

  /** Finds a block; every port of it was listened on. */
  static take(): PortBlock {
    const blocks = Math.floor((HIGHEST + 1 - LOWEST) / BLOCK);
    for (let attempt = 0; attempt < TRIES; attempt++) {
      const first = LOWEST + BLOCK * Math.floor(Math.random() * blocks);
      const lease = tryListen(first);
      if (lease === undefined) continue;
      if (othersAreFree(first)) return new PortBlock(lease, first);
      lease.close();
    }
    throw new Error(`Cannot find ${BLOCK} free ports in a row from ${LOWEST} to ${HIGHEST}`);
  }

  /** One of the ports, by its number from 0. */
  at(index: number): number {
    if (index < 0 || index >= BLOCK - 1) throw new RangeError(`The block has no port ${index}`);
    return this.#first + 1 + index;
  }

  [Symbol.dispose](): void {
    this.#lease.close();
  }
}

function othersAreFree(first: number): boolean {
  for (let port = first + 1; port < first + BLOCK; port++) {
    const listener = tryListen(port);
    if (listener === undefined) return false;
    listener.close();
  }
  return true;
}

function tryListen(port: number): Deno.TcpListener | undefined {
  try {
    return Deno.listen({ hostname: "127.0.0.1", port });
  } catch (error) {
    if (error instanceof Deno.errors.AddrInUse) return undefined;
    throw error;
  }
}
