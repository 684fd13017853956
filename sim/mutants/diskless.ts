/**
 * Bugs of groups without disks: crash vectors (erratum E1, fix B).
 *
 * @module
 */
import { byTest, inFile, type Mutant } from "./mutant.ts";

const CRASH_VECTOR = "protocols/vr/crash_vector.ts";

export const DISKLESS_MUTANTS: readonly Mutant[] = [
  {
    name: "message-of-earlier-life-counts",
    undoes: "E1 fix B: what an earlier life has said is dropped",
    edits: inFile(CRASH_VECTOR, [
      "  if (theirs[sender]! < vector[sender]!) return undefined;\n",
      "",
    ]),
    exposure: byTest("tests/vr/diskless_test.ts", "E1, fix B"),
  },
  {
    name: "vote-of-earlier-life-counts",
    undoes: "E1 fix B: what an earlier life has said no longer counts",
    edits: inFile(CRASH_VECTOR, ["  viewChange.doViewChanges.delete(other);\n", ""]),
    exposure: byTest("tests/vr/diskless_test.ts", "reconsider()"),
  },
  {
    name: "answer-of-earlier-life-counts",
    undoes: "E1 fix B: what an earlier life has said no longer counts",
    edits: inFile(CRASH_VECTOR, ["  recovery.responses.delete(other);\n", ""]),
    exposure: byTest("tests/vr/void_messages_test.ts", "forget()"),
  },
  {
    name: "acknowledgement-of-earlier-life-counts",
    undoes: "E1 fix B: what an earlier life has acknowledged is held no longer",
    edits: inFile(CRASH_VECTOR, ["  normal.acked[other] = 0;\n", "  void normal;\n"]),
    exposure: byTest("tests/vr/void_messages_test.ts", "forget()"),
  },
  {
    name: "new-life-under-old-number",
    undoes: "E1 fix B: each life has a number of its own",
    edits: inFile(CRASH_VECTOR, [
      "vector.with(index, vector[index]! + 1);",
      "vector.with(index, vector[index]!);",
    ]),
    exposure: byTest("tests/vr/diskless_test.ts", "E1, fix B"),
  },
  {
    name: "lives-not-told",
    undoes: "E1 fix B: whoever hears of a life, tells",
    edits: inFile(CRASH_VECTOR, [
      "  if (!isForming(replica)) learn(replica, theirs);\n",
      "  if (!isForming(replica)) learn(replica, vector.with(sender, theirs[sender]!));\n",
    ]),
    exposure: byTest("tests/vr/diskless_test.ts", "reconsider()"),
  },
];
