/** A sync that blocks the event loop for longer than this has blocked it for too long. */
const QUICK_MS = 3;
/** Quick syncs in a row after which a disk is trusted to be quick. */
const TRUST_AFTER = 8;
/** More than this is not synced in the caller's turn, however quick the disk is. */
const BYTES_MAX = 1024 * 1024;

/**
 * Decides whether a sync is done in the caller's own turn or in the background.
 *
 * In the background it costs two hops between threads, which take longer than the sync of a small
 * batch on a good disk, and a fifth more processor time. In the own turn it holds up everything else
 * for as long as the disk likes. So a disk has to earn the former by a row of quick syncs, and one
 * slow sync loses it again.
 *
 * Measured with `deno run -A bench/etcd.ts` on two busy cores, durable puts from 64 connections:
 * 15,200/s with a p99 of 15 ms in the own turn, 9,700/s with 67 ms in the background.
 */
export class SyncPace {
  #quickInARow = 0;

  /** Whether to sync so many bytes in the own turn. */
  isQuick(bytes: number): boolean {
    return bytes <= BYTES_MAX && this.#quickInARow >= TRUST_AFTER;
  }

  /** Notes how long a sync took. */
  note(ms: number): void {
    this.#quickInARow = ms <= QUICK_MS ? this.#quickInARow + 1 : 0;
  }
}
