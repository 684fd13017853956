import { Asks } from "../actors/ask.ts";
import { TroupeError } from "../actors/errors.ts";
import { ANY_INCARNATION, formatRef, type Ref } from "../actors/ref.ts";
import {
  ACTOR_NAME_BYTES_MAX,
  Reader,
  type Schema,
  SchemaError,
  text,
  Writer,
} from "../actors/schema.ts";
import type { ActorSystem } from "../actors/system.ts";
import { beginFrame, endFrame, FrameError, FrameKind } from "./frame.ts";

/** A message that the schema of its target does not fit, or whose target is not open to other nodes. */
export class UndecodableMessage extends TroupeError {
  constructor(target: string, why: string, options?: ErrorOptions) {
    super(
      "undecodable_message",
      `Cannot read a message to ${JSON.stringify(target)}: ${why}`,
      options,
    );
  }
}

const targetName = text(ACTOR_NAME_BYTES_MAX);

/** Writes the messages of one node for others, and reads and delivers those that come from others. */
export class MessageCodec {
  readonly #system: ActorSystem;
  readonly #frameBytesMax: number;

  /** Frames of more than `frameBytesMax` bytes are refused. */
  constructor(system: ActorSystem, frameBytesMax: number) {
    this.#system = system;
    this.#frameBytesMax = frameBytesMax;
  }

  /** A buffer for {@linkcode MessageCodec.write}: the refs written to it can be answered. */
  newWriter(): Writer {
    return new Writer(1024, (ref, schema) => this.#expose(ref, schema));
  }

  /**
   * Appends a message as one frame. If it throws, the buffer is as it was before.
   *
   * @throws {TroupeError} `no_schema` if nothing says how messages to the target are written,
   *   `schema_violation` if the message does not fit, `message_too_large` beyond the frame limit,
   *   `schema_conflict` if the message holds a ref to an actor that is open with another schema.
   */
  write(writer: Writer, to: Ref<never>, message: unknown): void {
    const schema = this.#schemaTo(to);
    const start = beginFrame(writer, FrameKind.message);
    try {
      targetName.write(writer, to.name);
      writer.u32(to.incarnation);
      schema.write(writer, message);
      const length = endFrame(writer, start);
      if (length > this.#frameBytesMax) {
        throw new TroupeError(
          "message_too_large",
          `Cannot send a message of ${length} bytes: the limit is ${this.#frameBytesMax}`,
        );
      }
    } catch (error) {
      writer.rewind(start);
      throw error;
    }
  }

  /**
   * Reads the message in a frame (its length field cut off) and hands it to the actor system. One
   * for a question no longer open, or for an incarnation that is gone, is a dead letter.
   *
   * @throws {UndecodableMessage} if the message does not fit its target's schema.
   * @throws {FrameError} if the frame is no message.
   */
  deliver(frame: Uint8Array): void {
    const reader = new Reader(frame);
    const kind = reader.u8();
    if (kind !== FrameKind.message) throw new FrameError(`Frame of kind ${kind} is no message`);
    const name = readTarget(reader);
    const incarnation = readIncarnation(reader);
    const schema = this.#system.schemaOf(name, incarnation);
    if (schema === undefined) return this.#deliverUnread(name, incarnation);
    this.#system.receive(name, incarnation, readPayload(reader, schema, name));
  }

  #schemaTo(to: Ref<never>): Schema<unknown> {
    // What this node has open under a reply address is one of its own questions, not the target.
    const named = Asks.isReplyName(to.name) ? undefined : this.#system.schemaOf(to.name);
    const schema = to.schema ?? named;
    if (schema === undefined) {
      throw new TroupeError(
        "no_schema",
        `Cannot send to ${formatRef(to)}: neither the ref nor this node has a schema for it`,
      );
    }
    return schema as Schema<unknown>;
  }

  /** Opens an actor or a question of this node to answers. */
  #expose(ref: Ref<never>, schema: Schema<never>): void {
    if (ref.node !== this.#system.node) return;
    if (Asks.isReplyName(ref.name)) {
      return this.#system.expose(ref.name, schema, ref.incarnation);
    }
    const open = this.#system.schemaOf(ref.name);
    if (open === undefined) return this.#system.expose(ref.name, schema);
    if (open === schema) return;
    // Answers are read by the target's name alone, so a second schema would garble all others.
    throw new TroupeError(
      "schema_conflict",
      `Cannot send a ref to "${ref.name}": other nodes write to it with another schema`,
    );
  }

  /** A message for a name that is not open: harmless if whoever it was for is gone. */
  #deliverUnread(name: string, incarnation: number): void {
    const target = { node: this.#system.node, name, incarnation };
    const isThere = incarnation === ANY_INCARNATION || this.#system.find(target) !== undefined;
    if (isThere && !Asks.isReplyName(name)) {
      throw new UndecodableMessage(name, "it is not open to other nodes");
    }
    this.#system.receive(name, incarnation, undefined);
  }
}

function readTarget(reader: Reader): string {
  try {
    return targetName.read(reader);
  } catch (error) {
    throw new FrameError(`Frame has no target: ${describe(error)}`);
  }
}

function readIncarnation(reader: Reader): number {
  if (reader.remaining < 4) throw new FrameError("Frame ends before the incarnation");
  return reader.u32();
}

function readPayload(reader: Reader, schema: Schema<never>, name: string): unknown {
  try {
    const message = schema.read(reader);
    reader.end();
    return message;
  } catch (error) {
    // Whatever it throws: a schema may be anybody's, and bytes may nest until the stack is full.
    throw new UndecodableMessage(name, describe(error), { cause: error });
  }
}

function describe(error: unknown): string {
  return error instanceof SchemaError ? error.message : String(error);
}
