import type { Cluster } from "../nodes/cluster.ts";

/** What a process has in memory, in bytes; 0 if there is none. */
export function residentBytes(pid: number | null): number {
  try {
    const status = Deno.readTextFileSync(`/proc/${pid}/status`);
    return Number(/^VmRSS:\s+(\d+) kB$/m.exec(status)?.[1] ?? 0) * 1024;
  } catch {
    return 0;
  }
}

/** What is in a directory: the bytes of the files as they lie on the disk, and their names. */
export function directoryOf(path: string): { bytes: number; readonly names: string[] } {
  const found = { bytes: 0, names: [] as string[] };
  let entries: Deno.DirEntry[];
  try {
    entries = [...Deno.readDirSync(path)];
  } catch {
    return found; // Not made yet, or just gone.
  }
  for (const { name, isDirectory } of entries) {
    if (isDirectory) {
      const inner = directoryOf(`${path}/${name}`);
      found.bytes += inner.bytes;
      found.names.push(...inner.names.map((each) => `${name}/${each}`));
    } else {
      found.bytes += fileBytes(`${path}/${name}`);
      found.names.push(name);
    }
  }
  return found;
}

function fileBytes(path: string): number {
  try {
    const { blocks, size } = Deno.statSync(path);
    return blocks === null ? size : blocks * 512;
  } catch {
    return 0; // Just gone.
  }
}

/** Of every node of a cluster. */
export function residentOf({ servers }: Cluster): number[] {
  return servers.map(({ pid }) => residentBytes(pid));
}
