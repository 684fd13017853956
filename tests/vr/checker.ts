import type { PlainMessage } from "../../protocols/vr/messages.ts";
import type { Cluster, TestNode } from "./cluster.ts";
import type { Applied } from "./machine.ts";

/** What must never happen, watched from outside while a cluster runs. */
export class Checker {
  readonly violations: string[] = [];
  readonly #cluster: Cluster;
  /** The one history: whatever any replica has executed. */
  readonly #history: Applied[] = [];
  /** Up to where the list of each machine was compared with the history. */
  readonly #compared = new WeakMap<TestNode["machine"], { list: Applied[]; upTo: number }>();
  /** The checksum that each PREPARE carried, by view and op-number. */
  readonly #prepared = new Map<string, string>();
  /** The highest view that each replica, or each life of one without a disk, has given its log for. */
  readonly #promised = new Map<string, number>();

  constructor(cluster: Cluster) {
    this.#cluster = cluster;
    cluster.onMessage((message, from) => {
      this.#watch(message, from);
      return undefined;
    });
  }

  /** The history so far. */
  get history(): readonly Applied[] {
    return this.#history;
  }

  /** Compares what the replicas have executed; to be called often. */
  check(): void {
    for (const node of this.#cluster.nodes) if (node.isUp) this.#compare(node);
    this.violations.push(...this.#cluster.failures.splice(0));
  }

  fail(what: string): void {
    this.violations.push(`${this.#cluster.clock.now.toFixed(1)}: ${what}`);
  }

  #compare({ index, machine }: TestNode): void {
    const list = machine.applied;
    let compared = this.#compared.get(machine);
    if (compared?.list !== list) this.#compared.set(machine, compared = { list, upTo: 0 });
    for (; compared.upTo < list.length; compared.upTo++) {
      const { upTo } = compared;
      const { command, opNumber } = list[upTo]!;
      const known = this.#history[upTo];
      if (known === undefined) this.#history.push({ command, opNumber });
      else if (known.command !== command || known.opNumber !== opNumber) {
        this.fail(
          `divergence: ${upTo + 1} is ${command}@${opNumber} at replica ${index}, ` +
            `but ${known.command}@${known.opNumber} elsewhere`,
        );
        compared.upTo = list.length;
      }
    }
  }

  #watch(message: PlainMessage, from: number): void {
    const { isInMemory } = this.#cluster;
    const life = isInMemory ? `${from}/${this.#cluster.node(from).starts}` : `${from}`;
    switch (message.type) {
      case "prepare":
        return this.#checkPrepare(message.view, message.entry.opNumber, message.entry.checksum);
      case "doViewChange":
        return void this.#promised.set(
          life,
          Math.max(this.#promised.get(life) ?? 0, message.view),
        );
      case "prepareOk": {
        const promised = this.#promised.get(life) ?? 0;
        if (message.view >= promised) return;
        return this.fail(`replica ${from} acknowledges in view ${message.view} after ${promised}`);
      }
    }
  }

  #checkPrepare(view: number, opNumber: number, checksum: Uint8Array): void {
    const key = `${view}/${opNumber}`;
    const text = checksum.join();
    const known = this.#prepared.get(key);
    if (known === undefined) this.#prepared.set(key, text);
    else if (known !== text) this.fail(`two entries are prepared as ${opNumber} of view ${view}`);
  }
}
