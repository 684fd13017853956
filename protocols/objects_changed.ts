import type { StateMachine } from "./state_machine.ts";

/** A machine that may know what commands are about. */
export type Knowing = Pick<StateMachine, "commandObject" | "commandObjects">;

/** All objects that a command changes; `undefined` if the machine cannot tell. */
export function objectsChanged(
  machine: Knowing,
  command: Uint8Array,
): readonly string[] | undefined {
  const object = machine.commandObject?.(command);
  return object === undefined ? machine.commandObjects?.(command) : [object];
}
