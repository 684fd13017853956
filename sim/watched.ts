import type { ActorFactory } from "../actors/actor.ts";

/** The same actor, with someone who sees each message first. */
export function watched<M>(factory: ActorFactory<M>, see: (message: M) => void): ActorFactory<M> {
  return (context) => {
    const actor = factory(context);
    return {
      receive: (message) => {
        see(message);
        actor.receive(message);
      },
      stopped: () => actor.stopped?.(),
    };
  };
}
