/**
 * What the coordinator of a gossip cluster answers, as HTTP says it.
 *
 * @module
 */
import { TroupeError } from "../../actors/errors.ts";
import type { GossipReply, GossipReplyOf, Requester } from "../gossip_requests.ts";
import { Overloaded, Unavailable } from "../service.ts";
import type { Gateway } from "./gateway.ts";
import {
  type KeyReading,
  type ReadingForm,
  readingItem,
  readingResponse,
} from "./gossip_readings.ts";
import { HttpProblem, type ProblemCode, problemResponse, PROBLEMS } from "./problems.ts";
import { excerpt } from "./query_string.ts";
import { respondToWriteAsJson } from "./replies.ts";

type ReadReply = GossipReplyOf<"found" | "insufficientRead">;
type WriteReply = GossipReplyOf<"written" | "insufficientWrite">;

/** How a key that is absent is answered. */
export type Absence = "problem" | "empty-set";

/**
 * The answer to a read of one key.
 *
 * @throws {TroupeError} for what is no answer.
 */
export function readResponse(
  key: string,
  reply: GossipReply,
  form: ReadingForm,
  gateway: Gateway,
  absence: Absence = "problem",
): Response {
  if (reply.type !== "found" && reply.type !== "insufficientRead") throw refusal(reply, null);
  const found = shown({ key, reading: reply.reading, context: reply.context }, absence);
  const response = reply.type === "found" ? answered(found, form) : shortOf(reply, found, form);
  const { headers } = response;
  if (reply.context !== "") headers.set("troupe-context", reply.context);
  if (reply.session !== null) headers.set("troupe-session", reply.session);
  headers.set("troupe-answered", reply.answered.join(","));
  headers.set("troupe-node", gateway.node);
  return response;
}

/** A set without elements is no less a set; of which strategy an absent key is, nobody says. */
function shown(found: KeyReading, absence: Absence): KeyReading {
  if (absence === "problem") return found;
  if (found.reading.type === "absent") return { ...found, reading: { type: "set", elements: [] } };
  if (found.reading.type === "set") return found;
  throw new HttpProblem("wrong_operation", `Key "${excerpt(found.key)}" is no set`);
}

function answered(found: KeyReading, form: ReadingForm): Response {
  if (found.reading.type !== "absent") return readingResponse(found, form);
  return problemResponse("key_not_found", `No such key: "${excerpt(found.key)}"`);
}

/** What was found is told, but not as the answer to the question. */
function shortOf(
  { answered, needed }: ReadReply & { readonly needed: number },
  found: KeyReading,
  { encoding }: ReadingForm,
): Response {
  return problemResponse(
    "level_not_reached",
    `${answered.length} of the ${needed} members needed have answered in time; "item" is what they know`,
    { members: { answered, needed, item: readingItem(found, encoding) } },
  );
}

/**
 * The answer to a write: 200, or 202 if it is stored at fewer members than were wanted, and spreads on.
 *
 * @throws {TroupeError} for what was not stored, or may not have been.
 */
export function writeResponse(
  key: string,
  reply: GossipReply,
  requester: Requester | null,
  gateway: Gateway,
): Response {
  if (reply.type !== "written" && reply.type !== "insufficientWrite") {
    throw refusal(reply, requester);
  }
  const response = respondToWriteAsJson(
    JSON.stringify(writtenItem(key, reply)),
    reply.type === "written" ? 200 : 202,
  );
  if (reply.context !== "") response.headers.set("troupe-context", reply.context);
  if (reply.session !== null) response.headers.set("troupe-session", reply.session);
  response.headers.set("troupe-node", gateway.node);
  return response;
}

function writtenItem(key: string, reply: WriteReply): Record<string, unknown> {
  const { acknowledged, siblings, isRepeat, context } = reply;
  return {
    key,
    acknowledged,
    ...(reply.type === "insufficientWrite" ? { needed: reply.needed } : {}),
    siblings,
    repeated: isRepeat,
    ...(context === "" ? {} : { context }),
  };
}

/** The error for a reply that is no answer to what was asked. */
export function refusal(reply: GossipReply, requester: Requester | null): TroupeError {
  switch (reply.type) {
    case "staleReplica":
      return new HttpProblem(
        "stale_replica",
        `No replica that was asked has seen what the session has: ${reply.behind} events are missing`,
        { members: { behind: reply.behind }, headers: RETRY },
      );
    case "tooStale":
      return new HttpProblem("too_stale", tooStale(reply.ageMs), {
        members: { ageMs: reply.ageMs },
        headers: RETRY,
      });
    case "refused":
      return refused(reply);
    case "overloaded":
      return new Overloaded(`Overloaded: ${reply.what}`);
    case "unavailable":
      return new Unavailable(reply.why);
    case "unknown":
      return unknown(requester);
    default:
      return new TroupeError("unexpected_result", `Coordinator answered with "${reply.type}"`);
  }
}

const RETRY = { "retry-after": "1" };

function refused({ code, message }: GossipReplyOf<"refused">): TroupeError {
  if (code === "superseded") return new HttpProblem("request_superseded", message);
  const isKnown = Object.hasOwn(PROBLEMS, code);
  return isKnown ? new HttpProblem(code as ProblemCode, message) : new TroupeError(code, message);
}

function tooStale(ageMs: number | null): string {
  return ageMs === null
    ? "Some living member was not synced with since this node started"
    : `The oldest sync with a living member was ${ageMs} ms ago, longer than is allowed`;
}

function unknown(requester: Requester | null): HttpProblem {
  const ids = requester === null
    ? {}
    : { clientId: requester.client, requestNumber: requester.number };
  return new HttpProblem(
    "outcome_unknown",
    "Nobody has answered in time: it may or may not be stored, or may be yet",
    { members: { outcome: "unknown", ...ids } },
  );
}
