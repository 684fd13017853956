/** What changes make of a key. */

import { formatInteger, parseInteger } from "../../protocols/kv/integer.ts";
import { INTEGER_MAX, INTEGER_MIN } from "../../protocols/kv/commands.ts";
import { type Change, ELEMENTS_MAX, type View } from "./entries.ts";
import { DoesNotFit, OfflineLogFull } from "./errors.ts";

/**
 * What a key is after a change.
 *
 * @throws {DoesNotFit} if the change is not one for such a key.
 * @throws {OfflineLogFull} if a set would have too many elements.
 */
export function changed(view: View, change: Change): View {
  switch (change.type) {
    case "put":
      return { type: "value", value: change.value };
    case "delete":
      return { type: "absent" };
    case "increment":
      return { type: "value", value: formatInteger(sum(view, change.by)) };
    case "add":
    case "remove":
      return withElement(view, change);
  }
}

/** The number that a key holds; 0 if it is absent, `undefined` if it is no number. */
export function numberIn(view: View): bigint | undefined {
  if (view.type === "absent") return 0n;
  return view.type === "value" ? parseInteger(view.value) : undefined;
}

/** Whether two byte strings are the same. */
export function sameBytes(left: Uint8Array, right: Uint8Array): boolean {
  return left.length === right.length && left.every((byte, index) => byte === right[index]);
}

/** How much room a key takes with what it is, in bytes, about. */
export function sizeOfView(key: string, view: View): number {
  const fixed = 128 + 3 * key.length;
  if (view.type === "absent") return fixed;
  if (view.type === "value") return fixed + view.value.length;
  return view.elements.reduce((total, { length }) => total + length + 8, fixed);
}

/** How much room an operation takes, in bytes, about. */
export function sizeOfChange(key: string, change: Change): number {
  const fixed = 128 + 3 * key.length;
  if (change.type === "put") return fixed + change.value.length;
  return change.type === "add" || change.type === "remove" ? fixed + change.element.length : fixed;
}

function sum(view: View, by: bigint): bigint {
  const number = numberIn(view);
  if (number === undefined) {
    throw new DoesNotFit(
      "not_a_number",
      "Value is not an integer in decimal: nothing can be added",
    );
  }
  const result = number + by;
  if (result >= INTEGER_MIN && result <= INTEGER_MAX) return result;
  throw new DoesNotFit("number_overflow", `Sum is beyond a signed integer of 64 bits: ${result}`);
}

function withElement(view: View, change: Extract<Change, { type: "add" | "remove" }>): View {
  if (view.type === "value") {
    throw new DoesNotFit("wrong_operation", "Key holds a value, not a set");
  }
  const elements = view.type === "set" ? view.elements : [];
  const others = elements.filter((element) => !sameBytes(element, change.element));
  if (change.type === "remove") return { type: "set", elements: others };
  if (others.length >= ELEMENTS_MAX) throw new OfflineLogFull(`a set has ${ELEMENTS_MAX} elements`);
  return { type: "set", elements: [...others, change.element] };
}
