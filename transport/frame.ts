/**
 * Frames: how a stream of bytes between two nodes is cut into pieces.
 *
 * ```
 * u32 length of what follows | u8 kind | what the kind says
 * ```
 *
 * A message (`FrameKind.message`) goes on with its target's name (u32 length, UTF-8), the target's
 * incarnation (u32) and the payload, which only the target's schema can read. The other kinds belong
 * to the handshake.
 *
 * @module
 */
import { TroupeError } from "../actors/errors.ts";
import type { Writer } from "../actors/schema.ts";

/** What a frame is about; its first byte. */
export const FrameKind = {
  hello: 1,
  challenge: 2,
  proof: 3,
  welcome: 4,
  refusal: 5,
  message: 16,
} as const;

/** The longest frame accepted unless told otherwise, its length field aside: 8 MiB. */
export const FRAME_BYTES_MAX_DEFAULT = 8 * 1024 * 1024;

/** Bytes of the length field. */
export const FRAME_HEADER_BYTES = 4;

/** Bytes that are no frames, or frames where they do not belong. */
export class FrameError extends TroupeError {
  constructor(what: string) {
    super("bad_frame", what);
  }
}

/** Begins a frame and returns where, for {@linkcode endFrame}. */
export function beginFrame(writer: Writer, kind: number): number {
  const start = writer.length;
  writer.u32(0);
  writer.u8(kind);
  return start;
}

/** Fills in the length of the frame begun at `start`, and returns it. */
export function endFrame(writer: Writer, start: number): number {
  const length = writer.length - start - FRAME_HEADER_BYTES;
  writer.patchU32(start, length);
  return length;
}

/**
 * Cuts a stream into frames, however it is chunked.
 *
 * What receivers keep (log entries, above all) they keep as views of the bytes handed out here, so it
 * matters whose bytes those are. Chunks come in a read buffer that is used again for the next read,
 * and each byte is copied exactly once: the whole frames of a chunk together, into an array of just
 * their size, and a frame that spans chunks into an array of its own. So a small payload kept long
 * pins the frames that arrived in the same read (64 KiB at most, often messages kept just as long),
 * never a read buffer that is mostly empty. A copy of every payload would pin nothing else, but costs
 * an allocation outside the heap for each, which is dearer than reading the message.
 */
export class FrameParser {
  /** The longest frame accepted from the next one on, its length field aside, in bytes. */
  bytesMax: number;
  readonly #onFrame: (frame: Uint8Array) => void;
  readonly #header = new Uint8Array(FRAME_HEADER_BYTES);
  #headerLength = 0;
  #frame: Uint8Array | undefined;
  #frameLength = 0;

  /** `onFrame` is given each frame without its length field, and may keep it. */
  constructor(bytesMax: number, onFrame: (frame: Uint8Array) => void) {
    this.bytesMax = bytesMax;
    this.#onFrame = onFrame;
  }

  /** Bytes set aside for a frame that has not arrived whole; never more than the limit. */
  get allocated(): number {
    return this.#frame?.length ?? 0;
  }

  /**
   * Takes the next bytes of the stream; the caller may overwrite them afterwards. What `onFrame`
   * throws passes through. After any error the stream is of no more use.
   *
   * @throws {FrameError} if a frame is empty or longer than the limit; nothing is allocated for it.
   */
  push(chunk: Uint8Array): void {
    let at = 0;
    while (at < chunk.length) {
      const end = this.#headerLength === 0 ? this.#endOfWhole(chunk, at) : at;
      if (end > at) {
        this.#emitAll(chunk.slice(at, end));
        at = end;
      } else {
        at = this.#gather(chunk, at);
      }
    }
  }

  /** Where the last of the whole, acceptable frames from `at` on ends. */
  #endOfWhole(chunk: Uint8Array, at: number): number {
    let end = at;
    while (chunk.length - end >= FRAME_HEADER_BYTES) {
      const length = lengthAt(chunk, end);
      const next = end + FRAME_HEADER_BYTES + length;
      if (length === 0 || length > this.bytesMax || next > chunk.length) break;
      end = next;
    }
    return end;
  }

  #emitAll(frames: Uint8Array): void {
    let at = 0;
    while (at < frames.length) {
      const start = at + FRAME_HEADER_BYTES;
      at = start + lengthAt(frames, at);
      this.#onFrame(frames.subarray(start, at));
    }
  }

  /** Adds to the frame that is in pieces, and returns how far the chunk is used up. */
  #gather(chunk: Uint8Array, at: number): number {
    while (this.#headerLength < FRAME_HEADER_BYTES) {
      if (at === chunk.length) return at;
      this.#header[this.#headerLength++] = chunk[at++]!;
    }
    this.#frame ??= this.#allocate();
    const frame = this.#frame;
    const count = Math.min(frame.length - this.#frameLength, chunk.length - at);
    frame.set(chunk.subarray(at, at + count), this.#frameLength);
    this.#frameLength += count;
    if (this.#frameLength === frame.length) {
      this.#frame = undefined;
      this.#frameLength = 0;
      this.#headerLength = 0;
      this.#onFrame(frame);
    }
    return at + count;
  }

  #allocate(): Uint8Array {
    const length = lengthAt(this.#header, 0);
    if (length === 0) throw new FrameError("Frame is empty");
    if (length > this.bytesMax) {
      throw new FrameError(`Frame of ${length} bytes exceeds the limit of ${this.bytesMax}`);
    }
    return new Uint8Array(length);
  }
}

function lengthAt(bytes: Uint8Array, at: number): number {
  const high = bytes[at]! << 24 | bytes[at + 1]! << 16;
  return (high | bytes[at + 2]! << 8 | bytes[at + 3]!) >>> 0;
}
