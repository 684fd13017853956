/**
 * The root of every error that Troupe raises on purpose.
 *
 * `code` is stable and meant for programs; `message` is meant for people and says what could not be
 * done, why, and the current value.
 */
export class TroupeError extends Error {
  /** A stable, machine-readable name, in snake case. */
  readonly code: string;

  /** Takes the code for programs, and the message for people. */
  constructor(code: string, message: string, options?: ErrorOptions) {
    super(message, options);
    this.name = new.target.name;
    this.code = code;
  }
}

/** An `ask` that was not answered within its time. The outcome is unknown. */
export class AskTimeout extends TroupeError {
  /** Takes the name of the actor that was asked. */
  constructor(target: string, timeoutMs: number) {
    super("ask_timeout", `No answer from actor "${target}" within ${timeoutMs} ms`);
  }
}

/** An `ask` whose target was dead, or died before it answered. */
export class ActorStopped extends TroupeError {
  /** Takes the name of the actor that was asked. */
  constructor(target: string) {
    super("actor_stopped", `Actor "${target}" is not running`);
  }
}

/** A message refused because the mailbox of its target is full. Nothing was delivered. */
export class MailboxFull extends TroupeError {
  /** Takes the name of the actor, and how many messages its mailbox holds. */
  constructor(target: string, capacity: number) {
    super("mailbox_full", `The mailbox of actor "${target}" is full: ${capacity} messages`);
  }
}

/** A crash asked for by an operator, to exercise supervision. */
export class InjectedCrash extends TroupeError {
  /** Takes the name of the actor to crash. */
  constructor(target: string) {
    super("injected_crash", `Actor "${target}" was crashed by an operator`);
  }
}

/** A broken invariant: a defect of the program, never of its input. */
export class AssertionFailed extends TroupeError {
  /** Takes what should have held. */
  constructor(what: string) {
    super("assertion_failed", `Invariant violated: ${what}`);
  }
}

/** What was thrown, as an error: it need not be one, nor even have a text. */
export function toError(thrown: unknown): Error {
  if (thrown instanceof Error) return thrown;
  try {
    return new Error(String(thrown));
  } catch {
    return new Error("Something without a text was thrown");
  }
}

/** Crashes the calling actor rather than the data: throws when an invariant does not hold. */
export function invariant(condition: boolean, what: string): asserts condition {
  if (!condition) throw new AssertionFailed(what);
}
