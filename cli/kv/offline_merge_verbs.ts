/** The verbs that bring an offline log and a cluster together. */

import { bind, coalesce, type MergeReport, type Stop } from "../offline/coalesce.ts";
import { connect } from "../offline/connect.ts";
import { POLICIES, type Policy } from "../offline/entries.ts";
import { countOutcomes, type ReportLine } from "../offline/state.ts";
import { formatJson, formatTable, plain } from "../output.ts";
import { describeError, EXIT, type ExitCode, exitCodeOf, UsageError } from "./exit.ts";
import type { Invocation } from "./invocation.ts";
import { countsAsText, LOG_FLAG, withLog } from "./offline_log.ts";
import type { Verb } from "./table.ts";

const UNRESOLVED = ["stop", "repeat", "skip"] as const;

/** `kv offline fetch`. */
export const FETCH: Verb = {
  name: "fetch",
  summary: "take over what the cluster has of some keys",
  arguments: [{ name: "KEY", help: "keys, or sets with --set", many: true }],
  flags: [LOG_FLAG, { name: "set", help: "the keys are sets" }],
  details:
    "What is done to them from now on begins from there: it is a conflict only if others write\n" +
    "them after this. Refused for keys with operations that wait.",
  examples: [["kv offline fetch plan budget", "before leaving"]],
  run: (invocation) =>
    withLog(invocation, async (log) => {
      const store = await connect(await invocation.clientOptions(), invocation.io.interrupted);
      await bind(log, store);
      const kind = invocation.is("set") ? "set" : "value";
      for (const key of invocation.arguments) {
        const { seen, view } = await store.look(key, kind, invocation.calls);
        await log.learn(key, seen, view);
      }
      const keys = invocation.arguments.length;
      await invocation.answer({ keys: invocation.arguments }, `fetched ${keys}`);
      return EXIT.OK;
    }),
};

/** `kv offline merge`. */
export const MERGE: Verb = {
  name: "merge",
  summary: "append what was done here to the cluster, in order, each once",
  arguments: [],
  flags: [
    LOG_FLAG,
    {
      name: "policy",
      value: "POLICY",
      help: "what to do where others have written: mine, theirs, keep-both or fail",
      choices: POLICIES,
    },
    {
      name: "unresolved",
      value: "HOW",
      help: "with what an interrupted merge may have done, or not: stop (default), repeat or skip",
      choices: UNRESOLVED,
    },
  ],
  details:
    "mine writes over what others wrote, theirs drops what is in conflict, keep-both puts it beside\n" +
    "(a sibling, or a key of its own), fail stops before it. Additions and sets are never in conflict.\n" +
    "A merge that was interrupted goes on where it was. The exit code is " +
    `${EXIT.PRECONDITION_FAILED} for a conflict, ${EXIT.UNKNOWN_OUTCOME}\n` +
    `for what cannot be told, and ${EXIT.FAILED} if the cluster refused some operation for good.`,
  examples: [
    ["kv offline merge --policy fail", "as long as nobody else has written the same keys"],
    ["kv offline merge --policy keep-both", "then decide between the values"],
  ],
  run: (invocation) =>
    withLog(invocation, async (log) => {
      const policy = invocation.text("policy") as Policy | undefined;
      if (policy === undefined) {
        const all = POLICIES.join(", ");
        throw new UsageError(`Flag --policy is missing: one of ${all}`, invocation.path);
      }
      const signal = invocation.io.interrupted;
      const store = await connect(await invocation.clientOptions(), signal);
      const unresolved = invocation.text("unresolved") as (typeof UNRESOLVED)[number] | undefined;
      const report = await coalesce(log, store, {
        policy,
        signal,
        ...(unresolved === undefined ? {} : { unresolved }),
      });
      await printReport(invocation, report);
      return await exitOf(invocation, report);
    }),
};

async function printReport(invocation: Invocation, report: MergeReport): Promise<void> {
  const { policy, lines, waiting, stopped } = report;
  const outcomes = countOutcomes(lines);
  if (invocation.output === "json") {
    const stop = stopped === null
      ? null
      : stopped.type === "interrupted"
      ? { type: stopped.type }
      : stopped;
    return await invocation.print(formatJson({ policy, waiting, outcomes, stopped: stop, lines }));
  }
  const telling = lines.filter(({ outcome }) => outcome !== "done" && outcome !== "already");
  if (telling.length > 0) await invocation.print(formatTable(COLUMNS, telling.map(row)));
  await invocation.print(`${lines.length} merged: ${countsAsText(outcomes)}; ${waiting} wait\n`);
}

const COLUMNS = [
  { title: "OPERATION", align: "right" },
  { title: "CHANGE" },
  { title: "KEY" },
  { title: "OUTCOME" },
  { title: "NOW AT" },
  { title: "NOTE" },
] as const;

function row({ number, change, key, outcome, target, note }: ReportLine): string[] {
  const at = target === key ? "" : plain(target);
  return [String(number), change, plain(key), outcome.replaceAll("_", " "), at, note];
}

async function exitOf(invocation: Invocation, report: MergeReport): Promise<ExitCode> {
  const { stopped, lines } = report;
  if (stopped !== null) {
    await invocation.io.stderr.write(`${whyStopped(stopped)}\n`);
    if (stopped.type === "conflict") return EXIT.PRECONDITION_FAILED;
    if (stopped.type === "unresolved") return EXIT.UNKNOWN_OUTCOME;
    return exitCodeOf(stopped.error);
  }
  return lines.some(({ outcome }) => outcome === "refused") ? EXIT.FAILED : EXIT.OK;
}

function whyStopped(stopped: Stop): string {
  switch (stopped.type) {
    case "conflict":
      return `kv: Stopped before operation ${stopped.number}: others have written the key ` +
        `${plain(stopped.key)}. Merge again with another policy`;
    case "unresolved":
      return `kv: Stopped before operation ${stopped.number} on the key ${
        plain(stopped.key)
      }: it may ` +
        "have been done, and nobody can tell. Merge again with --unresolved repeat or skip";
    case "interrupted": {
      const [why] = describeError(stopped.error).split("\n");
      return `${why}\nThe same command goes on where it was; nothing will be done twice.`;
    }
  }
}
