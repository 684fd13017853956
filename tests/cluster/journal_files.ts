/** Damage to the files of a node that does not run. */
import { type SegmentFile, segmentFiles } from "../../storage/log_index.ts";
import {
  encodeRecord,
  readHeader,
  recordBytes,
  recordStart,
  RecordType,
  SECTOR_BYTES,
} from "../../storage/record.ts";
import type { NodeProcess } from "./node_process.ts";

/** A place in a file of the journal: where what is readable ends. */
export interface Place {
  readonly file: string;
  readonly offset: number;
}

interface RecordAt {
  /** Where the record before it ends. */
  readonly after: number;
  readonly start: number;
  readonly end: number;
  readonly number: number;
}

/** The newest segment of a node's log, read. */
class Segment {
  readonly file: SegmentFile;
  readonly path: string;
  readonly bytes: Uint8Array;
  readonly records: readonly RecordAt[];

  constructor(node: NodeProcess, log: string) {
    const directory = `${node.directory}/${log}`;
    const names = [...Deno.readDirSync(directory)].map(({ name }) => name);
    this.file = segmentFiles(names).at(-1)!;
    this.path = `${directory}/${this.file.name}`;
    this.bytes = Deno.readFileSync(this.path);
    this.records = this.#read();
  }

  #read(): RecordAt[] {
    const records: RecordAt[] = [];
    for (let after = 0;;) {
      const start = recordStart(after);
      const header = readHeader(this.bytes, start, this.file.serial);
      if (header === undefined) return records;
      const end = start + recordBytes(header.length);
      records.push({ after, start, end, number: header.number });
      after = end;
    }
  }
}

/** The log of a node of a VR group. */
const VR = "vr";

/** Flips a bit of a record in the middle of a log. */
export function flipInTheMiddle(node: NodeProcess, log = VR): Place {
  const { bytes, records, path, file } = new Segment(node, log);
  const { after, start, end } = records[Math.floor(records.length / 2)]!;
  bytes[Math.floor((start + end) / 2)]! ^= 0x10;
  Deno.writeFileSync(path, bytes);
  return { file: file.name, offset: after };
}

/** Truncates the log inside its last record. */
export function tearLastRecord(node: NodeProcess): Place {
  const { records, path, file } = new Segment(node, VR);
  const { after, start, end } = records.at(-1)!;
  Deno.truncateSync(path, Math.floor((start + end) / 2));
  return { file: file.name, offset: after };
}

/** Appends the first sectors of a record, as a write that was cut short leaves them. */
export function appendHalfRecord(node: NodeProcess): Place {
  const { bytes, records, path, file } = new Segment(node, VR);
  const last = records.at(-1)!;
  const start = recordStart(last.end);
  const payload = crypto.getRandomValues(new Uint8Array(4 * SECTOR_BYTES));
  const entry = { type: RecordType.entry, number: last.number + 1, payload };
  const record = encodeRecord(entry, { seed: file.serial, start });
  const end = (Math.floor(start / SECTOR_BYTES) + 2) * SECTOR_BYTES;
  const changed = new Uint8Array(Math.max(bytes.length, end));
  changed.set(bytes);
  changed.set(record.subarray(0, end - start), start);
  Deno.writeFileSync(path, changed);
  return { file: file.name, offset: last.end };
}
