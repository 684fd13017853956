/**
 * Looks for a planted bug: runs the simulator, or a test, on the sources that hold it, in a process of
 * its own, so that neither an endless loop nor a lack of memory is the end of everything.
 *
 * @module
 */
import type { Exposure } from "../../sim/mutants/mutant.ts";
import type { GivenPlan } from "../../sim/plan.ts";
import type { ProbeLine } from "./probe.ts";
import type { SourceTree } from "./tree.ts";

/** What became of a hunt. */
export interface Hunt {
  /** What fired; `undefined` if nothing did. */
  readonly what: string | undefined;
  /** The seed that exposed it, if seeds were run. */
  readonly seed?: string;
  /** Why nothing fired, if it did not go through all it was to try. */
  readonly broken?: string;
}

type TestExposure = Extract<Exposure, { type: "test" }>;

/** Seeds, or ranges of them as `FIRST-LAST`. */
export type Seeds = readonly string[];

/** A seed that takes longer is taken to never end, in milliseconds. */
const SEED_MS_MAX = 300_000;
const DENO_FLAGS = ["--no-check", "--v8-flags=--max-old-space-size=1500"];

/** Looks for the bug in the sources of `tree`. */
export function hunt(tree: SourceTree, exposure: Exposure, seeds: Seeds): Promise<Hunt> {
  return exposure.type === "test" ? runTest(tree, exposure) : runSeeds(tree, exposure, seeds);
}

async function runSeeds(tree: SourceTree, given: GivenPlan, seeds: Seeds): Promise<Hunt> {
  const { protocol, nodes, durability } = given;
  const plan = JSON.stringify({ protocol, nodes, durability });
  const probe = `${tree.path}/cli/mutants/probe.ts`;
  const child = new Deno.Command(Deno.execPath(), {
    args: ["run", ...DENO_FLAGS, probe, plan, ...seeds],
    cwd: tree.path,
    env: { DENO_DIR: tree.cache, NO_COLOR: "1" },
    stdout: "piped",
    stderr: "piped",
  }).spawn();
  const stderr = new Response(child.stderr).text();
  let seed = "none";
  let failed: string | undefined;
  const guard = new Guard(child);
  for await (const line of lines(child.stdout)) {
    guard.restart();
    const said = JSON.parse(line) as ProbeLine;
    seed = said.seed;
    if (said.type === "failed") failed = said.what;
  }
  const { success, code } = await child.status;
  guard.stop();
  if (failed !== undefined) return { what: failed, seed };
  if (success) return { what: undefined };
  const why = guard.hasStruck ? "takes too long" : `ends with code ${code}: ${await stderr}`;
  return { what: undefined, broken: `seed ${seed} ${why}` };
}

async function runTest(tree: SourceTree, { file, filter = "" }: TestExposure): Promise<Hunt> {
  const child = new Deno.Command(Deno.execPath(), {
    args: ["test", "-A", ...DENO_FLAGS, "--filter", filter, file],
    cwd: tree.path,
    env: { DENO_DIR: tree.cache, NO_COLOR: "1" },
    stdout: "piped",
    stderr: "piped",
  }).spawn();
  const guard = new Guard(child);
  const { success, stdout, stderr } = await child.output();
  guard.stop();
  if (success) return { what: undefined };
  const output = new TextDecoder().decode(stdout);
  const failed = /^(.+) \.\.\. FAILED/m.exec(output)?.[1];
  if (failed !== undefined) return { what: failed };
  const why = guard.hasStruck ? "takes too long" : new TextDecoder().decode(stderr);
  return { what: undefined, broken: `${file} ${why}` };
}

/** Ends a process that has said nothing for too long. */
class Guard {
  readonly #child: Deno.ChildProcess;
  #timer: ReturnType<typeof setTimeout> | undefined;
  #hasStruck = false;

  constructor(child: Deno.ChildProcess) {
    this.#child = child;
    this.restart();
  }

  get hasStruck(): boolean {
    return this.#hasStruck;
  }

  restart(): void {
    clearTimeout(this.#timer);
    this.#timer = setTimeout(() => {
      this.#hasStruck = true;
      this.#child.kill("SIGKILL");
    }, SEED_MS_MAX);
  }

  stop(): void {
    clearTimeout(this.#timer);
  }
}

async function* lines(stream: ReadableStream<Uint8Array>): AsyncGenerator<string> {
  let rest = "";
  for await (const text of stream.pipeThrough(new TextDecoderStream())) {
    const parts = (rest + text).split("\n");
    rest = parts.pop()!;
    yield* parts;
  }
}
