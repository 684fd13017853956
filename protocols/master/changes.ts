import type { Configuration } from "./configuration.ts";

/** What a configuration has changed, line by line, for people. */
export function changesOf(before: Configuration | null, after: Configuration): string[] {
  return [...changedVolumes(before, after), ...changedIntentions(before, after)];
}

function changedVolumes(before: Configuration | null, after: Configuration): string[] {
  return after.volumes
    .filter(({ volume, epoch }) => epoch !== (before?.volumes[volume]?.epoch ?? 0))
    .map(({ volume, epoch, members, joining, leaving }) => {
      const order = members.map(({ node }) => node).join(", ");
      const joins = joining === null ? "" : `; node ${joining.node} is joining`;
      const leaves = leaving === null ? "" : `; node ${leaving} is leaving`;
      return `volume ${volume} is on ${order} in epoch ${epoch}${joins}${leaves}`;
    });
}

function changedIntentions(before: Configuration | null, after: Configuration): string[] {
  return after.nodes
    .filter(({ node, expelling }) => expelling !== (before?.nodes[node]?.expelling ?? null))
    .map(({ node, expelling }) =>
      `node ${node} ${expelling === null ? "is not to be expelled any more" : "is to be expelled"}`
    );
}
