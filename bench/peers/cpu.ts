/** Clock ticks a second in /proc; 100 on every Linux that Deno runs on. */
const TICKS_PER_SECOND = 100;

/** CPU time that processes have used so far, in microseconds; `null` where /proc does not tell. */
export function cpuUs(pids: readonly number[]): number | null {
  let ticks = 0;
  for (const pid of pids) {
    const stat = readStat(pid);
    if (stat === null) return null;
    ticks += parseCpuTicks(stat);
  }
  return ticks * 1e6 / TICKS_PER_SECOND;
}

/** User and system time in a line of /proc/PID/stat, in clock ticks. */
export function parseCpuTicks(stat: string): number {
  // The second field is the program's name, in parentheses, and may hold anything.
  const fields = stat.slice(stat.lastIndexOf(")") + 2).split(" ");
  return Number(fields[11]) + Number(fields[12]);
}

function readStat(pid: number): string | null {
  try {
    return Deno.readTextFileSync(`/proc/${pid}/stat`);
  } catch {
    return null;
  }
}
