import { versionOf } from "../../nodes/versions.ts";

/** What everything runs on. */
export interface Machine {
  readonly cores: number;
  readonly cpu: string;
  readonly memoryGiB: number;
  readonly kernel: string;
  /** Of the directory where data is kept. */
  readonly fileSystem: string;
  readonly deno: string;
  readonly wrk: string | null;
  readonly redisBenchmark: string | null;
}

/** Looks at the machine, and at the load generators. */
export async function inspectMachine(directory: string): Promise<Machine> {
  return {
    cores: navigator.hardwareConcurrency,
    cpu: cpuModel(await readText("/proc/cpuinfo")),
    memoryGiB: Math.round(Deno.systemMemoryInfo().total / 1_073_741_824),
    kernel: `${Deno.build.os} ${Deno.osRelease()}`,
    fileSystem: fileSystemOf(await Deno.realPath(directory), await readText("/proc/mounts")),
    deno: `${Deno.version.deno} (V8 ${Deno.version.v8})`,
    wrk: await versionOf("wrk"),
    redisBenchmark: await versionOf("redis-benchmark"),
  };
}

/** The model in the text of /proc/cpuinfo. */
export function cpuModel(text: string): string {
  return /^model name\s*: *(.+)$/m.exec(text)?.[1] ?? "unknown";
}

/** The file system of a path, from the text of /proc/mounts: the mount that is nearest above it. */
export function fileSystemOf(path: string, mounts: string): string {
  let nearest = { point: "", text: "unknown" };
  for (const line of mounts.split("\n")) {
    const [device, point = "", type, options] = line.split(" ");
    const isAbove = point === "/" || path === point || path.startsWith(`${point}/`);
    if (point !== "" && isAbove && point.length >= nearest.point.length) {
      nearest = { point, text: `${type} on ${device} (${options})` };
    }
  }
  return nearest.text;
}

async function readText(path: string): Promise<string> {
  return await Deno.readTextFile(path).catch(() => "");
}
