/**
 * The operations of the key-value store, as a history records them.
 *
 * Of an output only what is there is checked, so that a recorder records what it learns. If the
 * outcome is not `ok`, the output does not count.
 *
 * @module
 */
import type { Operation } from "../operation.ts";

/** An operation on the key-value store. */
export type KvOperation = KvPut | KvGet | KvDelete | KvCas | KvIncrement | KvScan;

/** What must hold of a key for a write to be made; values are text. */
export type KvCondition =
  /** Its modRevision is this; 0 for a key that is absent. */
  | { readonly type: "mod-revision"; readonly modRevision: number }
  | { readonly type: "exists" }
  | { readonly type: "absent" }
  /** It exists and its value is this. */
  | { readonly type: "value"; readonly value: string };

/** What a store with revisions says besides; see `KeyMetadata` of the store. */
export interface KvRevisions {
  /** The store's revision when the operation took effect, its own write included. */
  readonly revision?: number;
  /** The revision that created the key. */
  readonly createRevision?: number;
  /** The revision that last wrote the key; 0 if it is absent. */
  readonly modRevision?: number;
  /** How often the key was written since it was created. */
  readonly version?: number;
}

/** Stores a value. */
export interface KvPut extends Operation {
  readonly op: "put";
  readonly key: string;
  readonly args: { readonly value: string; readonly condition?: KvCondition };
  readonly output: KvRevisions & {
    /** Whether the condition held, and so the value was stored. */
    readonly applied?: boolean;
    /** Whether the key was absent before. */
    readonly created?: boolean;
  };
}

/** Reads a value. */
export interface KvGet extends Operation {
  readonly op: "get";
  readonly key: string;
  readonly args: Readonly<Record<string, never>>;
  readonly output: KvRevisions & {
    /** The value, `null` if the key is absent. */
    readonly value?: string | null;
  };
}

/** Removes a key. */
export interface KvDelete extends Operation {
  readonly op: "delete";
  readonly key: string;
  readonly args: { readonly condition?: KvCondition };
  readonly output: Pick<KvRevisions, "revision" | "modRevision"> & {
    /** Whether the condition held. */
    readonly applied?: boolean;
    /** Whether the key was there before, and was removed. */
    readonly existed?: boolean;
  };
}

/** Stores a value if the key has another. */
export interface KvCas extends Operation {
  readonly op: "cas";
  readonly key: string;
  /** `expect` is `null` if the key is to be absent. */
  readonly args: { readonly expect: string | null; readonly value: string };
  readonly output: KvRevisions & {
    /** Whether the key had that value, and now has the new one. */
    readonly swapped?: boolean;
  };
}

/** Adds to an integer in decimal, 0 if the key is absent. */
export interface KvIncrement extends Operation {
  readonly op: "increment";
  readonly key: string;
  /** The integer to add, in decimal. */
  readonly args: { readonly delta: string };
  readonly output: KvRevisions & {
    /** The sum, in decimal. */
    readonly value?: string;
    /** Why nothing was added. */
    readonly refused?: "not_a_number" | "number_overflow";
    /** Whether the key was absent before. */
    readonly created?: boolean;
  };
}

/** Reads the keys of a range, in the order of their UTF-8 bytes. */
export interface KvScan extends Operation {
  readonly op: "scan";
  readonly args: {
    /** What the keys begin with. Not together with `start` or `end`. */
    readonly prefix?: string;
    /** The first key of the range, included. */
    readonly start?: string;
    /** The end of the range, excluded. */
    readonly end?: string;
    /** The most items. Without it, all of the range. */
    readonly limit?: number;
    /** From the last key to the first. */
    readonly reverse?: boolean;
  };
  readonly output: Pick<KvRevisions, "revision"> & {
    /** What was found, in the order of the scan. */
    readonly items?: readonly KvScanItem[];
    /** Whether the range has more than that. */
    readonly more?: boolean;
    /** How many keys the whole range has. */
    readonly count?: number;
  };
}

/** A key of a scan. */
export interface KvScanItem extends Omit<KvRevisions, "revision"> {
  readonly key: string;
  readonly value?: string;
}
