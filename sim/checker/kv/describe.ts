import type { KvCondition, KvOperation, KvScan } from "./operations.ts";

/** So much of a value is shown. */
const SHOWN_LENGTH = 32;

/** A value for people, in quotes; its beginning if it is long. */
export function describeValue(value: string | null): string {
  if (value === null) return "nothing";
  return JSON.stringify(value.length > SHOWN_LENGTH ? `${value.slice(0, SHOWN_LENGTH)}…` : value);
}

/** An operation in a few words, with what it answered. */
export function describeOperation(
  op: KvOperation,
  { withKey }: { readonly withKey: boolean },
): string {
  const answer = op.outcome === "ok" ? describeOutput(op) : "";
  const key = withKey && op.op !== "scan" ? [describeValue(op.key)] : [];
  const words = [op.op, ...key, ...describeArguments(op)].join(" ");
  return answer === "" ? words : `${words} → ${answer}`;
}

function describeArguments(op: KvOperation): string[] {
  switch (op.op) {
    case "put":
      return [describeValue(op.args.value), ...describeCondition(op.args.condition)];
    case "get":
      return [];
    case "delete":
      return describeCondition(op.args.condition);
    case "cas":
      return [describeValue(op.args.expect), "to", describeValue(op.args.value)];
    case "increment":
      return ["by", op.args.delta];
    case "scan":
      return [describeRange(op.args)];
  }
}

function describeCondition(condition: KvCondition | undefined): string[] {
  switch (condition?.type) {
    case undefined:
      return [];
    case "exists":
      return ["if it exists"];
    case "absent":
      return ["if absent"];
    case "value":
      return [`if ${describeValue(condition.value)}`];
    case "mod-revision":
      return [`if at ${condition.modRevision}`];
  }
}

function describeRange({ prefix, start, end, limit, reverse }: KvScan["args"]): string {
  const range = prefix === undefined ? `${start ?? ""}..${end ?? ""}` : `${prefix}*`;
  const most = limit === undefined ? "" : `, ${limit} at most`;
  return `${range}${most}${reverse ? ", from the end" : ""}`;
}

function describeOutput(op: KvOperation): string {
  const { revision } = op.output;
  const result = describeResult(op);
  if (revision === undefined) return result;
  return result === "" ? `@${revision}` : `${result} @${revision}`;
}

function describeResult(op: KvOperation): string {
  switch (op.op) {
    case "put":
      if (op.output.applied === false) return "refused";
      if (op.args.condition !== undefined && op.output.applied) return "done";
      return op.output.created === undefined ? "" : op.output.created ? "created" : "replaced";
    case "get": {
      const { value } = op.output;
      return value === undefined ? "?" : describeValue(value);
    }
    case "delete":
      if (op.output.applied === false) return "refused";
      return op.output.existed === undefined ? "" : op.output.existed ? "existed" : "was absent";
    case "cas":
      return op.output.swapped === undefined ? "" : op.output.swapped ? "swapped" : "refused";
    case "increment":
      return op.output.refused ?? op.output.value ?? "";
    case "scan":
      return describeItems(op.output);
  }
}

function describeItems({ items, count }: KvScan["output"]): string {
  if (items === undefined) return count === undefined ? "" : `${count} keys`;
  const shown = items.slice(0, 4).map(({ key, value }) =>
    value === undefined ? key : `${key}=${describeValue(value)}`
  );
  const rest = items.length - shown.length;
  return `[${shown.join(", ")}${rest > 0 ? `, and ${rest} more` : ""}]`;
}
