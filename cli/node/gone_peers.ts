import { refTo } from "../../actors/ref.ts";
import type { ActorSystem } from "../../actors/system.ts";
import type { DetectorRequest } from "../../protocols/failure_detector_messages.ts";
import { TRANSPORT_TOPIC, type TransportEvent } from "../../transport/transport.ts";

/**
 * Tells failure detectors of peers whose processes have ended, so that nobody waits for the silence of who is
 * known to be gone. Of a machine that is lost or cut off nothing is known: there, silence it is.
 *
 * @param detectors The names of the detectors.
 */
export function tellOfGonePeers(system: ActorSystem, detectors: readonly string[]): void {
  system.events.subscribe((event) => {
    if (event.type !== "published" || event.topic !== TRANSPORT_TOPIC) return;
    const detail = event.detail as TransportEvent;
    if (detail.type !== "gone") return;
    for (const detector of detectors) {
      const to = refTo<DetectorRequest>(system.node, detector);
      system.send(to, { type: "gone", peer: detail.node });
    }
  });
}
