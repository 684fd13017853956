import { keyCount } from "../load.ts";
import type { Wait } from "../generator/requests.ts";
import { type Driver, portsOf, type Target } from "./driver.ts";

const NAMES: Readonly<Record<Wait, string>> = {
  none: "own RESP client",
  last: "own RESP client, WAIT 1 after each pipeline",
  each: "own RESP client, WAIT 1 after each SET",
};

/**
 * Loads over RESP with our own client, which can do what redis-benchmark cannot: send WAIT 1, either after every
 * SET or after every pipeline of them, whose writes are then acknowledged by that one.
 */
export function respClient(wait: Wait): Driver {
  return {
    name: NAMES[wait],
    protocol: "resp",
    // Without a pipeline both ways of waiting are the same; reads have nothing to wait for.
    canMake: ({ writes, pipeline }) =>
      wait === "none" || (writes === 1 && (wait === "last" || pipeline > 1)),
    fill: fillResp,
    measure: ({ generator, ...target }, { valueBytes, ...load }, run) =>
      generator.measure({
        kind: "resp",
        ports: portsOf({ generator, ...target }, "resp"),
        keys: keyCount(valueBytes),
        valueBytes,
        wait,
        ...load,
        ...run,
      }),
  };
}

/** Writes every key of redis-benchmark's. */
export async function fillResp(target: Target, valueBytes: number): Promise<void> {
  const [port] = portsOf(target, "resp");
  const keys = keyCount(valueBytes);
  await target.generator.measure({ kind: "resp fill", port: port!, keys, valueBytes });
}
