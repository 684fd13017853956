import type { Disk } from "./disk.ts";
import type { SegmentFile } from "./log_index.ts";
import { RecordType } from "./record.ts";
import { RecordReader } from "./record_reader.ts";
import type { Steps } from "./steps.ts";

/**
 * The position of the newest segment before which nothing counts that a snapshot does not stand for: it
 * starts with an entry no later than the one after the snapshot, or with a truncation no later than
 * the snapshot. Whatever came before it above the snapshot was replaced right there. And whatever
 * was acknowledged after that was written to it or to a later one, for a segment is whole and durable
 * before the next is made. So earlier segments may be damaged, or gone: no promise depends on them.
 *
 * @param files The segments, oldest first, without one whose write never finished.
 * @param floor The op-number of the snapshot; 0 for none.
 */
export function* startAfterSnapshot(
  disk: Disk,
  files: readonly SegmentFile[],
  floor: number,
): Steps<number> {
  for (let position = files.length - 1; position > 0; position--) {
    if (yield* startsBy(disk, files[position]!, floor)) return position;
  }
  return 0;
}

function* startsBy(disk: Disk, file: SegmentFile, floor: number): Steps<boolean> {
  if (file.first > floor + 1) return false;
  const reader = yield* RecordReader.open(disk, file.name, file.serial);
  let starts = false;
  yield* reader.read(({ type, number }) => {
    if (type === RecordType.repair) return true;
    starts = (type === RecordType.entry && number <= floor + 1) ||
      (type === RecordType.truncate && number <= floor);
    return false;
  });
  return starts;
}
