import { randomInteger, type RandomStream } from "../../../actors/random.ts";
import type { KvOperation } from "../../../sim/checker/kv/operations.ts";

/** The history with some faults in it: ones that may or may not show. */
export function mutate(history: readonly KvOperation[], random: RandomStream): KvOperation[] {
  let mutated = [...history];
  for (let count = 1 + randomInteger(random, 3); count > 0; count--) {
    mutated = mutateOnce(mutated, random);
  }
  return mutated;
}

function mutateOnce(history: readonly KvOperation[], random: RandomStream): KvOperation[] {
  const answered = history.filter(({ outcome }) => outcome === "ok");
  const reads = answered.filter((op) => op.op === "get");
  const kind = randomInteger(random, 6);
  const victim = pick(random, kind < 2 ? reads : answered);
  if (victim === undefined) return [...history];
  switch (kind) {
    case 0: { // the answers of two reads are swapped
      const other = pick(random, reads) ?? victim;
      return history.map((op) => {
        if (op === victim) return { ...op, output: other.output } as KvOperation;
        return op === other ? { ...op, output: victim.output } as KvOperation : op;
      });
    }
    case 1: { // a read answers what something else wrote, or nothing
      const source = pick(random, history);
      const value = source !== undefined && (source.op === "put" || source.op === "cas")
        ? source.args.value
        : null;
      return replace(history, victim, { output: { ...victim.output, value } });
    }
    case 2: // it came and went earlier
      return replace(history, victim, moved(victim, -randomInteger(random, 5_000)));
    case 3: // it came and went later
      return replace(history, victim, moved(victim, randomInteger(random, 5_000)));
    case 4: // its answer is another in some detail
      return replace(history, victim, { output: bent(victim.output, random) });
    default: // it is said to have been refused, though it took effect
      return replace(history, victim, { outcome: "fail" });
  }
}

function bent(output: KvOperation["output"], random: RandomStream): object {
  const [name, value] = pick(random, Object.entries(output)) ?? ["", undefined];
  switch (typeof value) {
    case "number":
      return { ...output, [name]: Math.max(0, value + randomInteger(random, 3) - 1) };
    case "boolean":
      return { ...output, [name]: !value };
    default:
      return Array.isArray(value) ? { ...output, [name]: value.slice(1) } : output;
  }
}

function moved(op: KvOperation, by: number): Pick<KvOperation, "call" | "return"> {
  return { call: op.call + by, return: op.return! + by };
}

function replace(
  history: readonly KvOperation[],
  victim: KvOperation,
  change: object,
): KvOperation[] {
  return history.map((op) => op === victim ? { ...op, ...change } as KvOperation : op);
}

function pick<T>(random: RandomStream, items: readonly T[]): T | undefined {
  return items[randomInteger(random, items.length)];
}
