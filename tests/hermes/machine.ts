import type { Execution, ObjectMachine, Objects } from "../../protocols/object_machine.ts";
import { toSortable } from "../../protocols/key_range.ts";
import { bytesOf, textOf } from "../vr/machine.ts";

/**
 * Objects that are texts; `-` stands for one that is absent. Commands are
 *
 * - `x=1`: a write; returns `ok`.
 * - `x+1`: a read-modify-write that appends; returns the new text.
 * - `x?1:2`: a read-modify-write that makes it `2` if it is `1`; returns `set` or what it is.
 * - `x!`: a write that removes it; returns `ok`.
 * - `x,y`: of two objects, which cannot be written at once. Anything else makes no sense.
 *
 * The query `x` returns the text of `x`; `*` returns all that exist, in order.
 */
export class TextsMachine implements ObjectMachine {
  commandObject(command: Uint8Array): string | undefined {
    return parse(command)?.[1];
  }

  queryObject(query: Uint8Array): string | undefined {
    const text = textOf(query);
    return text === "*" ? undefined : text;
  }

  refuse(command: Uint8Array): Uint8Array | undefined {
    return textOf(command).includes(",") ? undefined : bytesOf("nonsense");
  }

  isReadModifyWrite(command: Uint8Array): boolean {
    return ["+", "?"].includes(parse(command)![2]!);
  }

  execute(command: Uint8Array, before: Uint8Array | null): Execution {
    const [, , kind, rest] = parse(command)! as unknown as [string, string, string, string];
    if (kind === "=") return { result: bytesOf("ok"), after: bytesOf(rest) };
    if (kind === "!") return { result: bytesOf("ok"), after: null };
    const text = before === null ? "-" : textOf(before);
    if (kind === "+") {
      const after = bytesOf((before === null ? "" : text) + rest);
      return { result: after, after };
    }
    const [expected, next] = rest.split(":");
    if (text !== expected) return { result: bytesOf(text), after: undefined };
    return { result: bytesOf("set"), after: bytesOf(next!) };
  }

  answer(_query: Uint8Array, state: Uint8Array | null): Uint8Array {
    return state === null ? bytesOf("-") : state.slice();
  }

  answerAll(_query: Uint8Array, objects: Objects): Uint8Array | readonly string[] {
    const unsettled: string[] = [];
    const texts: string[] = [];
    objects.ascend({ from: toSortable(""), until: undefined }, (sortable, object) => {
      if (object === "unsettled") unsettled.push(sortable);
      else texts.push(`${sortable}=${textOf(object.state)}`);
      return true;
    });
    return unsettled.length > 0 ? unsettled : bytesOf(texts.join(" "));
  }
}

function parse(command: Uint8Array): RegExpMatchArray | null {
  return textOf(command).match(/^([a-z][a-z0-9-]*)([=+?!])(.*)$/s);
}
