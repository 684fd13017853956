import type { Clock } from "./clock.ts";

/**
 * `deno task` passes on the SIGINT that the terminal has sent to the whole foreground group already,
 * a millisecond or two later: signals so close together are one wish.
 */
const ONE_WISH_MS = 500;

/** The signals by which a user, a service manager or a closed terminal ends a program. */
function stopSignals(): readonly Deno.Signal[] {
  return Deno.build.os === "windows" ? ["SIGINT", "SIGBREAK"] : ["SIGINT", "SIGTERM", "SIGHUP"];
}

/**
 * Calls back when the program is asked to end, and again whenever it is asked once more.
 *
 * @param callback Told whether it was asked before.
 * @returns a function that stops listening.
 */
export function onStopRequest(clock: Clock, callback: (again: boolean) => void): () => void {
  let askedAt: number | null = null;
  const listener = () => {
    const now = clock.now();
    if (askedAt !== null && now - askedAt < ONE_WISH_MS) return;
    const again = askedAt !== null;
    askedAt = now;
    callback(again);
  };
  const signals = stopSignals();
  for (const signal of signals) Deno.addSignalListener(signal, listener);
  return () => {
    for (const signal of signals) Deno.removeSignalListener(signal, listener);
  };
}
