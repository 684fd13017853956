import type { Model } from "../model.ts";
import type { KvOperation } from "./operations.ts";
import { RegisterModel } from "./register_model.ts";
import { StoreModel } from "./store_model.ts";

/**
 * The model for a history of the key-value store: key by key where that says all, and the whole store
 * where scans or revisions tie its keys together.
 */
export function modelFor(history: readonly KvOperation[]): Model<unknown, KvOperation> {
  return history.some(tiesKeys) ? new StoreModel() : new RegisterModel();
}

/** Whether an operation says something of the store as a whole. */
function tiesKeys(op: KvOperation): boolean {
  if (op.op === "scan" || hasRevisions(op.output)) return true;
  return "condition" in op.args && op.args.condition?.type === "mod-revision";
}

function hasRevisions(output: KvOperation["output"]): boolean {
  return output.revision !== undefined || "modRevision" in output || "version" in output ||
    "createRevision" in output;
}
