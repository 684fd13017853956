/** An offline log on a disk in memory, and clusters to merge it into. */
import type { KvClientOptions } from "../../cli/client.ts";
import { coalesce, type CoalesceOptions, type MergeReport } from "../../cli/offline/coalesce.ts";
import { connect } from "../../cli/offline/connect.ts";
import { OfflineLog, type OfflineLogOptions } from "../../cli/offline/log.ts";
import type { SharedStore } from "../../cli/offline/shared_store.ts";
import type { FakeCluster } from "../cli/fake_cluster.ts";
import { MemoryDisk } from "../storage/memory_disk.ts";

const encoder = new TextEncoder();
const decoder = new TextDecoder();

/** Text as bytes. */
export const bytes = (text: string): Uint8Array => encoder.encode(text);

/** An offline log, and the disk that it is on. */
export class Device {
  readonly disk = new MemoryDisk();
  readonly #options: OfflineLogOptions;
  log!: OfflineLog;

  private constructor(options: OfflineLogOptions) {
    this.#options = { now: () => 1_000, ...options };
  }

  static async start(options: OfflineLogOptions = {}): Promise<Device> {
    const device = new Device(options);
    await device.restart();
    return device;
  }

  /** Reads everything again. */
  async restart(): Promise<void> {
    this.log = await OfflineLog.open(this.disk, this.#options);
  }

  /** What a key is here. */
  show(key: string): string | string[] | null {
    const view = this.log.get(key);
    if (view.type === "absent") return null;
    if (view.type === "value") return decoder.decode(view.value);
    return view.elements.map((element) => decoder.decode(element)).sort();
  }

  put(key: string, value: string): Promise<number> {
    return this.log.put(key, bytes(value));
  }

  /** Takes over what the shared store has. */
  async fetch(store: SharedStore, ...keys: readonly string[]): Promise<void> {
    for (const key of keys) {
      const { seen, view } = await store.look(key, "value", {});
      await this.log.learn(key, seen, view);
    }
  }

  merge(store: SharedStore, options: Partial<CoalesceOptions> = {}): Promise<MergeReport> {
    return coalesce(this.log, store, { policy: "fail", ...options });
  }
}

/** The cluster as a merge sees it. */
export function shared(
  cluster: Pick<FakeCluster, "endpoints" | "fetch">,
  options: KvClientOptions = {},
): Promise<SharedStore> {
  return connect({
    endpoints: cluster.endpoints,
    fetch: cluster.fetch,
    backoffMinMs: 1,
    backoffMaxMs: 1,
    timeoutMs: 500,
    ...options,
  });
}

/** What became of the operations, in short. */
export function outcomes({ lines }: MergeReport): string[] {
  return lines.map(({ number, key, outcome, target }) =>
    `${number} ${key} ${outcome}${target === key ? "" : ` ${target}`}`
  );
}
