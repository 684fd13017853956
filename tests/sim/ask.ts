import { randomStream } from "../../actors/random.ts";
import type { StateMachine } from "../../protocols/state_machine.ts";
import { type Ask, historyPart, type Workload } from "../../sim/workloads/workload.ts";

/** What a machine says. */
export function answer(machine: StateMachine, ask: Ask, opNumber: number): Uint8Array {
  if ("query" in ask) return machine.query!(ask.query);
  return machine.apply(ask.command, { opNumber, time: 0 });
}

/** Has two clients ask one machine, one after the other. */
export function run<Op extends Ask>(
  workload: Workload<Op>,
  machine: StateMachine,
  count: number,
): { asks: Op[]; complaints: (string | undefined)[]; history: unknown[] } {
  const random = randomStream(1n, "test");
  const asks: Op[] = [];
  const complaints: (string | undefined)[] = [];
  const history: unknown[] = [];
  for (let index = 0; index < count; index++) {
    const client = index % 2;
    const ask = workload.draw({ client, count: index, random });
    const result = answer(machine, ask, index + 1);
    asks.push(ask);
    complaints.push(workload.answered?.(ask, result, client), workload.invariant?.(machine));
    const part = historyPart(workload, ask, result);
    if (part === undefined) continue;
    history.push({ client, ...part, call: index * 2, return: index * 2 + 1, outcome: "ok" });
  }
  return { asks, complaints: complaints.filter((each) => each !== undefined), history };
}
