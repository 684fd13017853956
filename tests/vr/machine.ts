import type { ApplyContext, StateMachine } from "../../protocols/state_machine.ts";

const encoder = new TextEncoder();
const decoder = new TextDecoder();

/** Text as bytes. */
export function bytesOf(text: string): Uint8Array {
  return encoder.encode(text);
}

/** Bytes as text. */
export function textOf(bytes: Uint8Array): string {
  return decoder.decode(bytes);
}

const BALLAST_BYTES = 256 * 1024;

/** A command as it was executed. */
export interface Applied {
  readonly command: string;
  readonly opNumber: number;
}

/**
 * A list that commands are appended to. A command returns its position in the list, from 1, and a
 * query the length of the list: so each answer says exactly what came before it.
 */
export class ListMachine implements StateMachine {
  /** Every command, in the order of execution. */
  applied: Applied[] = [];
  readonly #ballast: number;

  /** @param ballast Chunks of 256 KiB that mean nothing, to make a snapshot large. */
  constructor(ballast = 0) {
    this.#ballast = ballast;
  }

  apply(command: Uint8Array, { opNumber }: ApplyContext): Uint8Array {
    this.applied.push({ command: textOf(command), opNumber });
    return this.#length();
  }

  query(): Uint8Array {
    return this.#length();
  }

  snapshot(): Uint8Array[] {
    const ballast = Array.from({ length: this.#ballast }, () => new Uint8Array(BALLAST_BYTES));
    return [...ballast, ...this.applied.map((each) => bytesOf(JSON.stringify(each)))];
  }

  restore(chunks: Iterable<Uint8Array>): void {
    this.applied = [...chunks].slice(this.#ballast)
      .map((chunk) => JSON.parse(textOf(chunk)) as Applied);
  }

  #length(): Uint8Array {
    return bytesOf(String(this.applied.length));
  }
}
