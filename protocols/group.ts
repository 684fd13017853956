import type { ActorFactory, Context, SpawnOptions } from "../actors/actor.ts";

/** Starts one member of a {@linkcode group}. */
export type GroupChild = (parent: Context<never>) => void;

/** One actor of a {@linkcode group}. Its full name is the group's, a `/`, and `name`. */
export function child<M>(
  name: string,
  factory: ActorFactory<M>,
  options: SpawnOptions = {},
): GroupChild {
  return (parent) => void parent.spawn(name, factory, options);
}

/**
 * An actor that takes no messages and only supervises others, started in their order. What depends on
 * an actor comes after it, and the group is spawned with the strategy `rest-for-one`, so that it
 * restarts with it.
 */
export function group(children: readonly GroupChild[]): ActorFactory<never> {
  return (context) => {
    for (const start of children) start(context);
    return { receive: () => {} };
  };
}

/** Sees an actor's factory before the actor is started, by the name of the actor; returns what to start. */
export type Wrap = <M>(name: string, factory: ActorFactory<M>) => ActorFactory<M>;

/** The actor as it is. */
export const AS_IT_IS: Wrap = (_name, factory) => factory;
