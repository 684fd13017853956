/** Runs a cluster of three fake nodes as cli/cluster.ts runs real ones, in a process of its own. */
import { REAL_CLOCK } from "../../cli/clock.ts";
import { ClusterRunner } from "../../cli/cluster/runner.ts";
import { Terminal } from "../../cli/cluster/terminal.ts";
import { defaultConfig } from "../../cli/config.ts";
import { onStopRequest } from "../../cli/signals.ts";

const node = new URL("./cluster_fake_node.ts", import.meta.url).href;
const terminal = new Terminal((text) => {
  Deno.stdout.writeSync(new TextEncoder().encode(text));
}, { colours: false });
const runner = new ClusterRunner({
  config: defaultConfig(),
  terminal,
  clock: REAL_CLOCK,
  command: (index) => [Deno.execPath(), "run", "-A", node, String(index), ...Deno.args],
  fetch: () => Promise.reject(new TypeError("no network here")),
});
onStopRequest(REAL_CLOCK, (again) => again ? runner.kill() : runner.stop());
const { misconfigured, killed } = await runner.run();
console.log(`ended ${misconfigured} ${killed.join(",")}`);
Deno.exit(0);
