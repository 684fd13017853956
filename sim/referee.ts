import type { ClientReply, StalenessBound } from "../protocols/client_messages.ts";

type Result = Extract<ClientReply, { type: "result" }>;

/** How an answer relates to what was known when its question was first asked. */
export interface Question {
  /** What {@linkcode Referee.answered} gave when the question was asked. */
  readonly floor: number;
  /** For messages. */
  readonly client: number;
}

/** A question that changes nothing. */
export interface ReadQuestion extends Question {
  readonly query: Uint8Array;
  /** Whether any state of the past may answer it. */
  readonly isStale: boolean;
  /** How old the state may be when it is asked, in milliseconds of virtual time. */
  readonly bound?: (StalenessBound & { readonly calledAt: number }) | undefined;
}

/** Something that was to be executed. */
export interface WriteQuestion extends Question {
  readonly command: Uint8Array;
}

/** Who asked, and for the how-manieth time. */
export interface RequestId {
  readonly clientId: number;
  readonly requestNumber: number;
}

/** Knows what clients may be told. */
export interface Referee {
  /** Whether a read may be answered from a state that lacks changes of other objects. */
  readonly readsByObject: boolean;
  /** How far what clients were told has got: it grows, and is the floor of what is asked next. */
  readonly answered: number;
  /** Something is wrong. */
  fail(what: string): void;
  /** Asks somebody else what is wrong, who may also throw it. */
  judge(where: string, what: () => string | undefined): void;
  /** A client was answered: what it was told must be what came of it, and not older than its question. */
  checkWrite(question: WriteQuestion, id: RequestId, reply: Result): void;
  /** A client has read: it must see a state that there was, and an old one only if that will do. */
  checkRead(question: ReadQuestion, reply: Result): void;
  /** A client was given a session. */
  checkSession(question: Question, clientId: number, opNumber: number): void;
  /** A client was told that its session is gone: it must have been evicted. */
  checkEvicted(question: Question, clientId: number): void;
}
