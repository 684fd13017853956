import type { Ref } from "../actors/ref.ts";
import type { Writer } from "../actors/schema.ts";
import type { MessageCodec } from "./codec.ts";

/** A buffer that has grown beyond this is given back after its write, in bytes. */
const KEPT_BYTES_MAX = 1024 * 1024;

/**
 * What waits for one connection: messages gather, encoded, in one buffer while the other is being
 * written, and then the two change places. Nothing is copied, and at most one write is in flight.
 */
export class SendQueue {
  readonly #codec: MessageCodec;
  readonly #bytesMax: number;
  #gathering: Writer;
  #spare: Writer;
  #gatheredFrames = 0;
  #writingBytes = 0;

  constructor(codec: MessageCodec, bytesMax: number) {
    this.#codec = codec;
    this.#bytesMax = bytesMax;
    this.#gathering = codec.newWriter();
    this.#spare = codec.newWriter();
  }

  /** Bytes waiting, those being written included. */
  get bytes(): number {
    return this.#writingBytes + this.#gathering.length;
  }

  /** Messages that gather for the next write. */
  get frames(): number {
    return this.#gatheredFrames;
  }

  /**
   * Encodes a message; `false` if it finds no room.
   *
   * @throws {TroupeError} as {@linkcode MessageCodec.write} does.
   */
  add(to: Ref<never>, message: unknown): boolean {
    const before = this.#gathering.length;
    // Room is known only when the message is bytes, but a full queue need not encode to be full.
    if (this.bytes >= this.#bytesMax) return false;
    this.#codec.write(this.#gathering, to, message);
    if (this.bytes > this.#bytesMax) {
      this.#gathering.rewind(before);
      return false;
    }
    this.#gatheredFrames++;
    return true;
  }

  /** What is to be written now; `undefined` if that is nothing, or a write is in flight. */
  take(): { readonly bytes: Uint8Array<ArrayBuffer>; readonly frames: number } | undefined {
    if (this.#writingBytes > 0 || this.#gathering.length === 0) return undefined;
    const writing = this.#gathering;
    const frames = this.#gatheredFrames;
    this.#gathering = this.#spare;
    this.#spare = writing;
    this.#gatheredFrames = 0;
    this.#writingBytes = writing.length;
    return { bytes: writing.view(), frames };
  }

  /** What was taken last is written. */
  written(): void {
    if (this.#writingBytes > KEPT_BYTES_MAX) this.#spare = this.#codec.newWriter();
    this.#spare.reset();
    this.#writingBytes = 0;
  }
}
