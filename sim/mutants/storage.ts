/**
 * Bugs of the journal: what is durable, and what is read again.
 *
 * @module
 */
import { byTest, inFile, type Mutant, SWARM } from "./mutant.ts";

const SEGMENTS = "storage/segments.ts";
const READER = "storage/record_reader.ts";
const RECORD = "storage/durable_record.ts";

export const STORAGE_MUTANTS: readonly Mutant[] = [
  {
    name: "log-not-synced",
    undoes: "What the journal acknowledges is synced",
    edits: inFile(SEGMENTS, [
      "yield* wait(disk.writeThrough(name, offset, bytes));",
      "yield* wait(disk.write(name, offset, bytes));",
    ]),
    exposure: SWARM,
  },
  {
    name: "new-segment-not-in-directory",
    undoes: "The name of a new file is durable, too",
    edits: inFile(SEGMENTS, ["      if (isNew) yield* wait(disk.syncDirectory());\n", ""]),
    exposure: SWARM,
  },
  {
    name: "record-not-synced",
    undoes: "E1: the record of a view is synced",
    edits: inFile(RECORD, [
      "      yield* wait(disk.write(name, 0, bytes));\n      yield* wait(disk.sync(name));\n",
      "      yield* wait(disk.write(name, 0, bytes));\n",
    ]),
    exposure: SWARM,
  },
  {
    name: "record-in-one-copy",
    undoes: "One of two copies of the record is whole at any time",
    edits: inFile(RECORD, [
      "    for (const name of RECORD_FILES) yield* this.#writeCopy(name, version);\n",
      "    yield* this.#writeCopy(RECORD_FILES[0], version);\n",
    ]),
    exposure: byTest("tests/storage/durable_record_test.ts"),
  },
  {
    name: "oldest-of-gathered-records-written",
    undoes: "Records that have gathered replace each other: the newest counts",
    edits: inFile("storage/journal_steps.ts", [
      "yield* store.writeRecord(records.at(-1)!.record);",
      "yield* store.writeRecord(records[0]!.record);",
    ]),
    exposure: byTest(
      "tests/storage/journal_crash_test.ts",
      "loses nothing acknowledged at any crash",
    ),
  },
  {
    name: "torn-record-accepted",
    undoes: "A record whose checksum does not fit is no record",
    edits: inFile("storage/record.ts", [
      "return payload.length === header.length && crc32(payload, seed) === header.payloadChecksum;",
      "return payload.length === header.length && crc32(payload, seed) >= 0;",
    ]),
    exposure: SWARM,
  },
  {
    name: "damaged-head-cut-off",
    undoes: "E19: a damaged last entry may have been acknowledged",
    edits: inFile(READER, [
      "    const isTorn = isCut ||\n",
      "    const isTorn = isCut || end >= 0 ||\n",
    ]),
    exposure: SWARM,
  },
  {
    name: "damage-not-reported",
    undoes: "E19: a replica with a damaged log does not vote",
    edits: inFile("storage/journal_store.ts", [
      "    const damage = this.#damage(scanned);\n",
      "    const damage = this.#damage(scanned) && undefined;\n",
    ]),
    exposure: SWARM,
  },
  {
    name: "repair-not-marked",
    undoes: "What replaces a damaged part of the log says so",
    edits: inFile(SEGMENTS, [
      "this.#damage === undefined ? plain : repairing(this.#damage, plain);",
      "this.#damage === undefined ? plain : repairing(this.#damage, plain).slice(1);",
    ]),
    exposure: byTest("tests/storage/journal_damage_test.ts", "reports the damage"),
  },
  {
    name: "truncation-not-written",
    undoes: "What was truncated is gone after a restart, too",
    edits: inFile("storage/log_batch.ts", [
      "      records.push({ type: RecordType.truncate, number: change.last, payload: NOTHING });\n      continue;",
      "      continue;",
    ]),
    exposure: SWARM,
  },
  {
    name: "torn-tail-not-cut",
    undoes: "A write that never finished is cut off before the next",
    edits: inFile(SEGMENTS, [
      "      if (scanned.torn) yield* wait(disk.truncate(name, scanned.end));\n",
      "",
    ]),
    exposure: byTest(
      "tests/storage/journal_crash_test.ts",
      "loses nothing acknowledged at any crash",
    ),
  },
  {
    name: "read-log-not-synced",
    undoes: "What is read after a restart is made durable before it counts",
    edits: inFile(SEGMENTS, [
      "      yield* wait(disk.sync(name));\n      size =",
      "      size =",
    ]),
    exposure: byTest("tests/storage/journal_test.ts", "left unsynced"),
  },
  {
    name: "failed-write-kept",
    undoes: "What a failed sync leaves is cut off and written again",
    edits: inFile("storage/unsettled.ts", [
      "    const write = this.#write;\n    if (write === undefined) return;\n",
      "    const write = this.#write;\n    this.#write = undefined;\n    if (write !== this.#write || write === undefined) return;\n",
    ]),
    exposure: byTest("tests/storage/journal_full_test.ts", "cuts off what a full disk"),
  },
  {
    name: "snapshot-not-synced",
    undoes: "A snapshot is durable before its name is, and before the log is cut",
    edits: inFile("storage/snapshot_store.ts", [
      "    yield* wait(this.#disk.sync(writing.name));\n    yield* wait(this.#disk.rename",
      "    yield* wait(this.#disk.rename",
    ]),
    exposure: SWARM,
  },
  {
    name: "named-snapshot-written-again",
    undoes:
      "A snapshot that has its name is not written again when the disk was too full for what comes after",
    edits: inFile("storage/snapshot_store.ts", ["    writing.isRenamed = true;\n", ""]),
    exposure: byTest("tests/storage/journal_full_test.ts", "does not spoil a snapshot"),
  },
  {
    name: "damaged-snapshot-kept",
    undoes: "What stands in for a damaged snapshot is not taken with it by the next start",
    edits: inFile("storage/journal_store.ts", [
      "    yield* this.#snapshots.setDamagedAside();\n",
      "",
    ]),
    exposure: byTest("tests/storage/journal_snapshot_test.ts", "and not again"),
  },
  {
    name: "record-overtakes-log",
    undoes: "E3: a record is written after everything asked for before it is durable",
    edits: inFile("storage/journal_steps.ts", [
      "  const request = queue[0]!;\n",
      "  const request = queue[0]!;\n" +
      '  const early = queue.find((next) => next.type === "record");\n' +
      "  if (early !== undefined && early !== request) {\n" +
      "    const step = nextStep(queue.filter((next) => next !== early), store, fresh, batchBytesMax);\n" +
      "    return {\n" +
      "      ...step,\n" +
      "      *run() {\n" +
      "        yield* store.writeRecord((early as WriteRecord).record);\n" +
      "        return yield* step.run();\n" +
      "      },\n    };\n  }\n",
    ]),
    exposure: byTest("tests/storage/journal_test.ts", "over a loss of power"),
  },
  {
    name: "crashed-journal-writes-on",
    undoes: "No two incarnations of a journal write at the same time",
    edits: inFile(
      "storage/disk_lease.ts",
      [
        "    if (holder !== this.#holder) return;\n    if (this.#underWay > 0) {",
        "    if (this.#underWay > 0) {",
      ],
      ["          if (holder === this.#holder) done(outcome);", "          done(outcome);"],
      ["    this.#waiting = [];\n    const disk = this.#disk;", "    const disk = this.#disk;"],
    ),
    exposure: byTest("tests/storage/disk_lease_test.ts", "DiskLease"),
  },
  {
    name: "astray-record-read",
    undoes: "A record that lies before the place it was written to has gone astray",
    edits: inFile(READER, [
      "const isAstray = header !== undefined && header.batch > offset;",
      "const isAstray = header !== undefined && header.batch < 0;",
    ]),
    exposure: byTest("tests/storage/journal_obsolete_test.ts", "has gone astray"),
  },
  {
    name: "obsolete-damage-counts",
    undoes: "E19: nothing depends on a part of the log that a snapshot stands for",
    edits: inFile("storage/log_scan.ts", [
      "  if (start <= files.indexOf(damage.file)) return scanned;\n",
      "  if (start >= 0) return scanned;\n",
    ]),
    exposure: byTest("tests/storage/journal_obsolete_test.ts", "loses nothing to damage"),
  },
];
