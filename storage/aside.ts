import type { Disk } from "./disk.ts";
import { type Steps, wait } from "./steps.ts";

/** Damaged files that are kept; then the ones whose names sort first go. */
const DAMAGED_FILES_MAX = 16;
const SUFFIX = ".damaged";

/** Renames files that are damaged, or follow damage, so that someone can look into them. */
export function* setAside(disk: Disk, names: readonly string[]): Steps<void> {
  for (const name of names) yield* wait(disk.rename(name, name + SUFFIX));
  const damaged = (yield* wait(disk.list())).filter((name) => name.endsWith(SUFFIX));
  const tooMany = damaged.slice(0, Math.max(0, damaged.length - DAMAGED_FILES_MAX));
  for (const name of tooMany) yield* wait(disk.remove(name));
  yield* wait(disk.syncDirectory());
}
