/** Names of a volume's actors; the same on every node. */
export function volumeNames(volume: number) {
  const name = `volume-${volume}`;
  return {
    name,
    journal: `${name}/journal`,
    clientTable: `${name}/client-table`,
    replica: `${name}/replica`,
  } as const;
}
