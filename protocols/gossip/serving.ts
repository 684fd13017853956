/**
 * What reads and writes have in common: tokens, levels, and who is refused.
 *
 * @module
 */
import type { TroupeError } from "../../actors/errors.ts";
import type { ClientSession, GossipReply, Level } from "./client_messages.ts";
import { NodeClock } from "./clock.ts";
import type { Dots } from "./dot.ts";
import type { ReplicaRequest } from "./messages.ts";
import { onLeave, onRemove } from "./departure.ts";
import type { GossipReplica } from "./replica.ts";
import { onRead } from "./reads.ts";
import { onScan } from "./scan.ts";
import { newSession, openSession, requiredFor, sealSession, type Session } from "./session.ts";
import { sealContext } from "./token.ts";
import { type Answer, guard, onWrite } from "./writes.ts";

/** A coordinator asks on behalf of a client. */
export function onServe(replica: GossipReplica, request: ReplicaRequest): void {
  const { ticket, ask, patienceMs, replyTo } = request;
  const answer: Answer = (reply) =>
    replica.context.send(replyTo, { type: "answer", ticket, reply });
  if (replica.state !== "ready" && !(ask.type === "leave" && replica.state === "leaving")) {
    return answer({ type: "unavailable", why: `node ${replica.node} is ${replica.state}` });
  }
  guard(answer, () => {
    switch (ask.type) {
      case "write":
        return onWrite(replica, ask, patienceMs, answer);
      case "read":
        return onRead(replica, ask, patienceMs, answer);
      case "scan":
        return onScan(replica, ask, patienceMs, answer);
      case "remove":
        return onRemove(replica, ask.node, answer);
      case "leave":
        return onLeave(replica, ask.timeoutMs, answer);
    }
  });
}

/** What a session asks of the replica that serves it. */
export function openSessionOf(
  { options }: GossipReplica,
  access: "read" | "write",
  asked: ClientSession | null,
): { readonly session: Session; readonly required: NodeClock } {
  if (asked === null) return { session: newSession(), required: new NodeClock() };
  const session = asked.token === "" ? newSession() : openSession(options.cluster, asked.token);
  return { session, required: requiredFor(access, session, asked.guarantees) };
}

/** The token of a session. */
export function sessionToken(replica: GossipReplica, session: Session): string {
  return sealSession(replica.options.cluster, session, replica.stable, replica.data.store);
}

/** The token of a context; empty if the key's strategy does not look at it. */
export function contextToken({ options }: GossipReplica, key: string, context: Dots): string {
  const { name } = options.strategies.of(key);
  const isNeeded = name === "siblings" || name === "merge";
  return isNeeded ? sealContext(options.cluster, key, context) : "";
}

/** How many members have to take part. */
export function neededFor({ others }: GossipReplica, level: Level): number {
  const members = others.length + 1;
  switch (level) {
    case "local":
    case "one":
      return 1;
    case "quorum":
      return Math.floor(members / 2) + 1;
    case "all":
      return members;
  }
}

/** What is told of an operation that makes no sense. */
export function refusal({ code, message }: TroupeError): GossipReply {
  return { type: "refused", code, message };
}
