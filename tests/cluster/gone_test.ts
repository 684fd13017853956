import { KvClient } from "../../cli/client.ts";
import { MAY_RUN_CLUSTERS, ProcessCluster } from "./processes.ts";

/** Longer than any test waits: what happens sooner happens for another reason. */
const PATIENT = "timeouts: { suspicion_ms: 300s, view_change_ms: 1s, abdicate_ms: 600s }";

for (const protocol of ["vr", "chain", "hermes"]) {
  Deno.test({
    name: `nobody waits for the silence of a process that was killed (${protocol})`,
    ignore: !MAY_RUN_CLUSTERS,
    async fn() {
      const config = `protocol: ${protocol}\n${PATIENT}`;
      await using cluster = await ProcessCluster.start({ config });
      // With a master, its primary is who is missed most.
      const victim = await (protocol === "vr" ? cluster.primary() : cluster.masterPrimary());
      await victim.kill();
      const endpoints = cluster.endpoints.filter((url) => url !== victim.url);
      const kv = new KvClient({ endpoints });
      await cluster.until("writes go on", () => kv.put("key", "value").catch(() => false));
    },
  });
}
