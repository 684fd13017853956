import { TroupeError } from "../../actors/errors.ts";
import { REAL_CLOCK, sleep } from "../../cli/clock.ts";
import { NodeProcess } from "../../cli/cluster/node_process.ts";
import { Terminal } from "../../cli/cluster/terminal.ts";

/** Long enough for Java on a machine that has other things to do. */
const START_MS = 60_000;
const POLL_MS = 100;
const LOG_CHARACTERS = 4_000;
/** How much of the log an error quotes. */
const QUOTED_LINES = 12;

/** A program and its arguments. */
export type CommandLine = readonly [string, ...string[]];

/** The processes of a system. */
export interface Processes {
  /** Those that run now: one that dies is started again, and is another one. */
  pids(): readonly number[];
  stop(): Promise<void>;
}

/** A system whose nodes did not become ready. */
export class StartFailed extends TroupeError {
  /** Takes why, and what the nodes have written. */
  constructor(why: string, log: string) {
    const end = log.trimEnd().split("\n").slice(-QUOTED_LINES).join("\n");
    super("start_failed", `${why}${end === "" ? "" : `; the end of its log:\n${end}`}`);
  }
}

/**
 * Starts processes, and waits until they are ready together.
 *
 * @throws {StartFailed} if that takes longer than a minute, or one of them refuses its configuration.
 * @throws whatever `signal` was aborted with.
 */
export async function startProcesses(
  commands: readonly CommandLine[],
  isReady: () => Promise<boolean>,
  signal: AbortSignal,
): Promise<Processes> {
  let log = "";
  const terminal = new Terminal((text) => log = (log + text).slice(-LOG_CHARACTERS), {
    colours: false,
  });
  const nodes = commands.map((command, index) =>
    new NodeProcess({ index, command, terminal, clock: REAL_CLOCK })
  );
  const endings = nodes.map((node) => node.run());
  let misconfigured = false;
  for (const ending of endings) {
    ending.then((how) => misconfigured ||= how === "misconfigured");
  }
  const pids = () => nodes.map(({ pid }) => pid).filter((pid) => pid !== null);
  const stop = async () => {
    for (const node of nodes) node.stop();
    await Promise.all(endings);
  };
  const deadline = REAL_CLOCK.now() + START_MS;
  while (!signal.aborted && !misconfigured && REAL_CLOCK.now() < deadline) {
    if (await isReady() && pids().length === nodes.length) return { pids, stop };
    await sleep(REAL_CLOCK, POLL_MS, signal);
  }
  await stop();
  signal.throwIfAborted();
  const why = misconfigured
    ? "refuses its configuration"
    : `is not ready after ${START_MS / 1_000} s`;
  throw new StartFailed(`The system ${why}`, log);
}
