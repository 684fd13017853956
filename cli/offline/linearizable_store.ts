import type { KvClient } from "../client.ts";
import { RequestRefused } from "../client/errors.ts";
import type { Expected } from "../client/types.ts";
import type { Done, SharedStore, Sight, StoreCalls, WriteRequest } from "./shared_store.ts";

const ABSENT = "absent";
const textEncoder = new TextEncoder();

/**
 * A cluster of `vr`, `chain` or `hermes`. Positions are the revisions of keys, and every put and delete has
 * the revision as its condition: so what was decided from a look never overwrites what came after it.
 */
export class LinearizableStore implements SharedStore {
  readonly cluster: string;
  readonly protocol: string;
  readonly #client: KvClient;

  /** Takes a client of the cluster, and what the cluster is called. */
  constructor(client: KvClient, cluster: string, protocol: string) {
    this.#client = client;
    this.cluster = cluster;
    this.protocol = protocol;
  }

  openSession(calls: StoreCalls): Promise<number> {
    return this.#client.openSession(calls);
  }

  async look(key: string, kind: "value" | "set", calls: StoreCalls): Promise<Sight> {
    if (kind === "set") throw noSets(this.protocol);
    const entry = await this.#client.find(key, { ...calls, consistency: "linearizable" });
    if (entry === null) return { seen: ABSENT, view: { type: "absent" }, place: "" };
    const view = { type: "value", value: entry.value } as const;
    return { seen: revision(entry.modRevision), view, place: "" };
  }

  isSame(left: string, right: string): boolean {
    return left === right;
  }

  sitsBeside(): boolean {
    return false;
  }

  async write({ id, key, change, on }: WriteRequest, calls: StoreCalls): Promise<Done> {
    const options = { ...calls, id };
    switch (change.type) {
      case "put": {
        const { modRevision } = await this.#client.put(key, change.value, {
          ...options,
          ...conditionOf(on),
        });
        return { seen: revision(modRevision), view: { type: "value", value: change.value } };
      }
      case "delete":
        await this.#client.delete(key, { ...options, ...conditionOf(on) });
        return { seen: ABSENT, view: { type: "absent" } };
      case "increment": {
        const { value, revision: at } = await this.#client.increment(key, change.by, options);
        const view = { type: "value", value: textEncoder.encode(String(value)) } as const;
        return { seen: revision(at), view };
      }
      default:
        throw noSets(this.protocol);
    }
  }
}

function revision(number: number): string {
  return `revision ${number}`;
}

function conditionOf(on: string | null): { expected?: Expected } {
  if (on === null) return {};
  if (on === ABSENT) return { expected: { absent: true } };
  return { expected: { revision: Number(on.slice("revision ".length)) } };
}

function noSets(protocol: string): RequestRefused {
  return new RequestRefused("unsupported", 0, `A cluster of ${protocol} has no sets`);
}
