import { historyLine, nanoseconds } from "../../sim/history.ts";
import type { KvOperation } from "../../sim/checker/kv/operations.ts";
import { type Clock, sleep } from "../clock.ts";
import type { Client } from "./client.ts";
import type { MixedWorkload } from "./mixed_workload.ts";
import type { Outcome } from "./outcome.ts";
import type { Operation } from "./workload.ts";

/** Where the history of a run goes. */
export interface HistorySink {
  /** Takes a line, with its end. */
  readonly write: (line: string) => void;
  /** What no key begins with that was ever written before. */
  readonly keyPrefix: string;
}

/** What all recorded clients of a run have in common. */
export interface RecordingOptions {
  readonly clock: Clock;
  readonly write: HistorySink["write"];
  readonly workload: MixedWorkload;
  /** A number that the history knows no client by. */
  readonly newNumber: () => number;
  /** How long a write is sent again whose outcome is unknown, if it can be, in milliseconds. */
  readonly patienceMs: number;
  /** Ends that. */
  readonly signal: AbortSignal | undefined;
}

/** What an answer says. */
interface Output {
  /** What the key holds now, as far as the client can tell; `null` if nothing. */
  readonly value?: string | null;
  readonly existed?: boolean;
  readonly swapped?: boolean;
}

/** Between two attempts, in milliseconds. */
const PAUSE_MS = 100;

/**
 * A client that keeps an account of what it asked and was told, for the checker.
 *
 * A write of unknown outcome is sent again under the same number, if it was numbered: it is one
 * operation still, which the cluster must execute once. If it cannot be, or is not answered in time,
 * it stands in the history as unknown, and the client goes on under another number, for it may have
 * two operations under way now.
 */
export class RecordedClient {
  readonly #client: Client;
  readonly #index: number;
  readonly #options: RecordingOptions;
  readonly #decoder = new TextDecoder();
  #number: number;

  constructor(index: number, client: Client, options: RecordingOptions) {
    this.#client = client;
    this.#index = index;
    this.#options = options;
    this.#number = options.newNumber();
  }

  /** Sends a request, again if need be, and says what became of it. */
  async execute(operation: Operation): Promise<Outcome> {
    const { clock } = this.#options;
    const calledMs = clock.now();
    const outcome = await this.#settle(operation, calledMs);
    const call = nanoseconds(calledMs);
    this.#record(operation, outcome, { call, end: nanoseconds(clock.now()) });
    return outcome;
  }

  async #settle(operation: Operation, calledMs: number): Promise<Outcome> {
    const { clock, patienceMs, signal } = this.#options;
    const outcome = await this.#client.execute(operation);
    if (operation.kind === "get" || outcome.kind !== "failed" || !outcome.unknown) return outcome;
    while (this.#client.canRepeat && clock.now() - calledMs < patienceMs && !signal?.aborted) {
      await sleep(clock, PAUSE_MS, signal);
      const repeated = await this.#client.repeat(operation);
      // A refusal says nothing of the first attempt.
      if (repeated.kind !== "failed") return repeated;
    }
    return outcome;
  }

  #record(operation: Operation, outcome: Outcome, times: { call: number; end: number }): void {
    const { write, newNumber, workload } = this.#options;
    const { kind, key } = operation;
    const { call, end } = times;
    const asked = { client: this.#number, key, call, op: kind, args: this.#args(operation) };
    const keep = (entry: object) => write(historyLine(entry as KvOperation));
    const output = outcome.kind === "failed" ? undefined : this.#output(operation, outcome);
    if (output !== undefined) {
      workload.note(this.#index, operation, output.value);
      const { value, ...rest } = output;
      return keep({
        ...asked,
        output: kind === "get" ? { value } : rest,
        return: end,
        outcome: "ok",
      });
    }
    // Whether a read took place of which nothing is known makes no difference.
    const isUnknown = kind !== "get" && (outcome.kind !== "failed" || outcome.unknown);
    if (!isUnknown) return keep({ ...asked, output: {}, return: end, outcome: "fail" });
    keep({ ...asked, output: {}, return: null, outcome: "unknown" });
    this.#number = newNumber();
  }

  #args({ kind, value, expect = null }: Operation): KvOperation["args"] {
    const text = value === null ? "" : this.#decoder.decode(value);
    if (kind === "put") return { value: text };
    return kind === "cas" ? { expect, value: text } : {};
  }

  /** What an answer says; `undefined` if it makes no sense. */
  #output(operation: Operation, outcome: Exclude<Outcome, { kind: "failed" }>): Output | undefined {
    const { body = "" } = outcome;
    const written = operation.value === null ? null : this.#decoder.decode(operation.value);
    switch (operation.kind) {
      case "get":
        return { value: outcome.kind === "miss" ? null : body };
      case "put":
        return { value: written };
      case "delete": {
        const existed = /"deleted"\s*:\s*(true|false)/.exec(body)?.[1];
        return existed === undefined ? undefined : { value: null, existed: existed === "true" };
      }
      case "cas":
        return outcome.kind === "refused" ? { swapped: false } : { value: written, swapped: true };
    }
  }
}
