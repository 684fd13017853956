import type { ActorSystem } from "../../actors/system.ts";
import type { Metric } from "../../transport/service.ts";

/** Figures of each actor, for `/metrics`. */
export function actorMetrics(system: ActorSystem): Metric[] {
  const actors = system.figures().flatMap(({ name, mailbox, processed, restarts }): Metric[] => {
    const labels = { actor: name };
    return [
      {
        name: "troupe_actor_mailbox",
        help: "Messages waiting for the actor",
        type: "gauge",
        value: mailbox,
        labels,
      },
      {
        name: "troupe_actor_processed_total",
        help: "Messages that the actor has handled",
        type: "counter",
        value: processed,
        labels,
      },
      {
        name: "troupe_actor_restarts_total",
        help: "Times that the actor was restarted",
        type: "counter",
        value: restarts,
        labels,
      },
    ];
  });
  return [...actors, {
    name: "troupe_dead_letters_total",
    help: "Messages that found no actor",
    type: "counter",
    value: system.deadLetters,
  }];
}
