/**
 * Runs one node of a cluster: `deno run -A cli/node.ts --help`.
 *
 * @module
 */
import { REAL_CLOCK } from "./clock.ts";
import { print, runCommand } from "./command.ts";
import { loadMachine } from "./node/machine.ts";
import { Node } from "./node/node.ts";
import { HELP, type NodeInvocation, parseNodeFlags } from "./node/options.ts";
import { onStopRequest } from "./signals.ts";

/** Resolves when the node is told to stop: by a signal, or by the end of its parent. */
function stopRequested(parentPipe: boolean): Promise<void> {
  const { promise, resolve } = Promise.withResolvers<void>();
  onStopRequest(REAL_CLOCK, (again) => again ? Deno.exit(130) : resolve());
  if (parentPipe) {
    Deno.stdin.readable.pipeTo(new WritableStream()).then(() => resolve(), () => resolve());
  }
  return promise;
}

async function run(invocation: NodeInvocation): Promise<number> {
  const { config, index, joining, dev, machine, parentPipe } = invocation;
  const failed = Promise.withResolvers<number>();
  const node = await Node.start({
    config,
    index,
    dev,
    ...(joining && { joining }),
    ...(machine === undefined ? {} : { machine: await loadMachine(machine) }),
    onFailure: (error) => {
      console.error(`Node ${index} has failed: ${String(error)}`);
      failed.resolve(1);
    },
  });
  console.error(
    `Node ${index} of cluster "${config.cluster}" (${config.protocol}) on ${node.address.url}` +
      (node.respAddress === undefined ? "" : `, RESP on port ${node.respAddress.port}`),
  );
  const stopped = stopRequested(parentPipe).then(async () => {
    await node.stop();
    return 0;
  });
  return await Promise.race([stopped, failed.promise]);
}

/**
 * Runs the command.
 *
 * @returns the exit code: 0 after an orderly stop, 1 if the node failed or cannot start, 2 if the
 * command line, the configuration or the state machine cannot be used.
 */
async function main(args: readonly string[]): Promise<number> {
  const invocation = parseNodeFlags(args, Deno.readTextFileSync);
  if (invocation === null) {
    print(HELP);
    return 0;
  }
  return await run(invocation);
}

if (import.meta.main) await runCommand(main);
