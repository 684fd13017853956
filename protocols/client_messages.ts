/**
 * What gateways, and client tables of other nodes, say to a client table.
 *
 * @module
 */
import {
  array,
  boolean,
  bytes,
  type Infer,
  nullable,
  oneOf,
  ref,
  type Schema,
  struct,
  text,
  u53,
  u8,
  union,
} from "../actors/schema.ts";

/** The largest request, its header included, in bytes. */
export const REQUEST_BYTES_MAX = 2 * 1024 * 1024;
/** The largest result of a command or query, in bytes. */
export const RESULT_BYTES_MAX = 7 * 1024 * 1024;

/** What a client is told. */
export const clientReply = union({
  /** Executed, now or when the request first came. */
  result: { opNumber: u53, result: bytes(RESULT_BYTES_MAX) },
  /** Executed, now or when the request first came; what it returned is too large to be carried. */
  resultTooLarge: { opNumber: u53, resultBytes: u53 },
  /** A session is open. */
  session: { opNumber: u53, clientId: u53 },
  /** The client's session was evicted or never existed. Not executed. */
  noSession: {},
  /** A later request of the session was executed. Not executed, unless it was long ago. */
  superseded: { newest: u53 },
  /** This node does not order. Not ordered. */
  notPrimary: { primary: nullable(u8) },
  /** A bound was reached. Not ordered. */
  overloaded: { what: text(256) },
  /** Nobody orders at present. Not ordered. */
  unavailable: { why: text(256) },
  /** The view ended: the request may or may not be in the log. Ask again with the same ids. */
  interrupted: {},
  /** The state machine answers no queries: submit it as a command. */
  noQueries: {},
  /** This node does not replicate the object; these do, if any does. Not executed. */
  notResponsible: { servers: array(u8, 8) },
  /** The protocol has no such command. Not executed. */
  unsupported: { what: text(256) },
});

/** What a client is told. */
export type ClientReply = Infer<typeof clientReply>;

/** What to tell of something that was executed, or of a query, and returned `result`. */
export function resultReply(opNumber: number, result: Uint8Array): ClientReply {
  const resultBytes = result.length;
  return resultBytes > RESULT_BYTES_MAX
    ? { type: "resultTooLarge", opNumber, resultBytes }
    : { type: "result", opNumber, result };
}

/**
 * How stale an answer may be: not by more than `ageMs` milliseconds, nor by more than so many
 * `versions` of the object that is read; `null` for any number (CRAQ 2.4). A node that cannot promise
 * it answers linearizably.
 */
export interface StalenessBound {
  /** For how long the answer may have been out of date, in whole milliseconds. */
  readonly ageMs: number | null;
  /** By how many updates of the object it may be out of date. */
  readonly versions: number | null;
}

const stalenessBound: Schema<StalenessBound> = struct({
  ageMs: nullable(u53),
  versions: nullable(u53),
});

/** What a query's answer must reflect: everything before it, whatever there is here, or within a bound. */
export type QueryConsistency = "linearizable" | "stale" | StalenessBound;

const consistencyWord = oneOf("linearizable", "stale", "bounded");
const consistency: Schema<QueryConsistency> = {
  write: (writer, value) => {
    const isWord = typeof value === "string";
    consistencyWord.write(writer, isWord ? value : "bounded");
    if (!isWord) stalenessBound.write(writer, value);
  },
  read: (reader) => {
    const word = consistencyWord.read(reader);
    return word === "bounded" ? stalenessBound.read(reader) : word;
  },
};

/** What a client asks. */
export const clientRequest = union({
  /** Order and execute a request. With `forward`, a node that does not order passes it on. */
  submit: { request: bytes(REQUEST_BYTES_MAX), forward: boolean, replyTo: ref(clientReply) },
  /** Answer a query. */
  query: {
    query: bytes(REQUEST_BYTES_MAX),
    consistency,
    forward: boolean,
    replyTo: ref(clientReply),
  },
});

/** What a client asks. */
export type ClientRequest = Infer<typeof clientRequest>;
