import type { Schema } from "./schema.ts";

declare const message: unique symbol;

/**
 * The address of an actor, on this node or on another: who holds one need not know which.
 *
 * A ref with an `incarnation` reaches that incarnation only; a message for one that has died is a
 * dead letter and never reaches its successor. With incarnation {@linkcode ANY_INCARNATION} a ref
 * names whoever holds the name when the message arrives.
 *
 * @typeParam M The messages that the actor takes.
 */
export interface Ref<in M> {
  /** The index of the node that the actor lives on. */
  readonly node: number;
  /** The actor's name, unique on its node. Children are named `parent/child`. */
  readonly name: string;
  /** Which incarnation is meant; {@linkcode ANY_INCARNATION} for the current one. */
  readonly incarnation: number;
  /** How messages are written when the actor is on another node. */
  readonly schema?: Schema<unknown>;
  /**
   * Carries the type of the messages; never present at run time.
   *
   * @ignore
   */
  readonly [message]?: (message: M) => void;
}

/** The incarnation of a ref that names whichever incarnation is alive. */
export const ANY_INCARNATION = 0;

/** A ref to whichever incarnation of a named actor is alive, on any node. */
export function refTo<M>(node: number, name: string, schema?: Schema<M>): Ref<M> {
  return schema === undefined
    ? { node, name, incarnation: ANY_INCARNATION }
    : { node, name, incarnation: ANY_INCARNATION, schema: schema as Schema<unknown> };
}

/** `node/name#incarnation`, for logs. */
export function formatRef(ref: Ref<never>): string {
  return `${ref.node}/${ref.name}#${ref.incarnation}`;
}
