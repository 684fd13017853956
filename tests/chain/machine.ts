import type { ApplyContext, StateMachine } from "../../protocols/state_machine.ts";
import { bytesOf, textOf } from "../vr/machine.ts";

const BALLAST_BYTES = 256 * 1024;

/**
 * A list of values for each object. The command `x=1` appends `1` to the list of `x` and returns the length
 * of that list; a command without `=` goes to the list of an object that nobody can tell from its bytes. The
 * query `x` returns the list of `x`, the empty query the lengths of all lists together.
 */
export class ListsMachine implements StateMachine {
  /** Every command, in the order of execution. */
  applied: string[] = [];
  readonly #ballast: number;

  /** @param ballast Chunks of 256 KiB that mean nothing, to make a snapshot large. */
  constructor(ballast = 0) {
    this.#ballast = ballast;
  }

  apply(command: Uint8Array, _context: ApplyContext): Uint8Array {
    const text = textOf(command);
    this.applied.push(text);
    return bytesOf(String(this.listOf(objectOf(text) ?? text).length));
  }

  query(query: Uint8Array): Uint8Array {
    const object = textOf(query);
    return bytesOf(object === "" ? String(this.applied.length) : this.listOf(object).join());
  }

  commandObject(command: Uint8Array): string | undefined {
    return objectOf(textOf(command));
  }

  queryObject(query: Uint8Array): string | undefined {
    return textOf(query) || undefined;
  }

  /** The list of an object. */
  listOf(object: string): string[] {
    return this.applied.filter((each) => (objectOf(each) ?? each) === object)
      .map((each) => each.slice(each.indexOf("=") + 1));
  }

  snapshot(): Uint8Array[] {
    const ballast = Array.from({ length: this.#ballast }, () => new Uint8Array(BALLAST_BYTES));
    return [...ballast, bytesOf(JSON.stringify(this.applied))];
  }

  restore(chunks: Iterable<Uint8Array>): void {
    this.applied = JSON.parse(textOf([...chunks].at(-1)!)) as string[];
  }
}

function objectOf(command: string): string | undefined {
  const at = command.indexOf("=");
  return at < 0 ? undefined : command.slice(0, at);
}
