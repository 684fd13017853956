import { median } from "../statistics.ts";

/** What the disk does at most: appends of 1 KiB, each synced before the next. */
export interface DiskLimit {
  /** Calls a second that hold up the process. */
  readonly syncPerSecond: number;
  /** Calls a second that do not. */
  readonly asyncPerSecond: number;
}

const APPEND_BYTES = 1_024;
const MEASURE_MS = 400;

/** Measures the disk on which a directory is; takes most of a second. */
export async function measureDisk(directory: string): Promise<DiskLimit> {
  const path = `${directory}/disk-limit`;
  using file = await Deno.open(path, { write: true, create: true, truncate: true });
  const bytes = new Uint8Array(APPEND_BYTES);
  try {
    const syncPerSecond = await timesASecond(() => {
      file.writeSync(bytes);
      file.syncDataSync();
    });
    const asyncPerSecond = await timesASecond(async () => {
      await file.write(bytes);
      await file.syncData();
    });
    return { syncPerSecond, asyncPerSecond };
  } finally {
    await Deno.remove(path);
  }
}

async function timesASecond(act: () => void | Promise<void>): Promise<number> {
  const startedAt = performance.now();
  let [times, now] = [0, startedAt];
  for (; now < startedAt + MEASURE_MS; times++) {
    await act();
    now = performance.now();
  }
  return times * 1_000 / (now - startedAt);
}

/** The medians of what was measured. */
export function medianDisk(limits: readonly DiskLimit[]): DiskLimit {
  return {
    syncPerSecond: median(limits.map(({ syncPerSecond }) => syncPerSecond)),
    asyncPerSecond: median(limits.map(({ asyncPerSecond }) => asyncPerSecond)),
  };
}
