import { decodeCommand, decodeQueryResult, encodeQuery } from "../protocols/kv/commands.ts";
import type { StateMachine } from "../protocols/state_machine.ts";

interface Version {
  readonly op: number;
  readonly value: string | null;
}

const decoder = new TextDecoder();

/** What every key of the model's store held after each entry of the history: what reads must see. */
export class KvVersions {
  readonly #model: StateMachine;
  readonly #keys = new Map<string, Version[]>();

  /** @param model The store that executes the one history. */
  constructor(model: StateMachine) {
    this.#model = model;
  }

  /** The model has executed a command of an entry. */
  executed(op: number, command: Uint8Array): void {
    const decoded = decodeCommand(command);
    if (decoded.type === "malformed") return;
    const { key } = decoded;
    const result = decodeQueryResult(this.#model.query!(encodeQuery({ type: "get", key })));
    const value = result.type === "found" ? decoder.decode(result.value) : null;
    const versions = this.#keys.get(key) ?? [];
    versions.push({ op, value });
    this.#keys.set(key, versions);
  }

  /** What a key held once an entry, and all before it, were executed; `null` if it was absent. */
  valueAt(key: string, op: number): string | null {
    return this.#keys.get(key)?.findLast((version) => version.op <= op)?.value ?? null;
  }
}
