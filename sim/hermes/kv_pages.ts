/**
 * What answers of the key-value store say of its keys, held against what is known of them.
 *
 * @module
 */
import { decodeQueryResult, type PageItem } from "../../protocols/kv/commands.ts";
import { decodeState } from "../../protocols/kv/key_state.ts";
import type { SeenObject } from "./version_referee.ts";
import type { Versions } from "./versions.ts";

const decoder = new TextDecoder();

/** The keys of a page, if the answer is one; or what is wrong with it. */
export function keysShown(versions: Versions, result: Uint8Array): readonly SeenObject[] | string {
  const answer = decodeQueryResult(result);
  if (answer.type !== "page") return [];
  const wrong = answer.items.find((item) => !isAsItWas(versions, item));
  if (wrong !== undefined) {
    return `a page shows "${wrong.key}" at ${wrong.modRevision} as it never was`;
  }
  return answer.items.map(({ key, modRevision }) => ({ object: key, revision: modRevision }));
}

/** The value of a key at a revision; `null` if it is absent then, `undefined` if there is no such revision. */
export function valueOf(
  versions: Versions,
  key: string,
  revision: number,
): string | null | undefined {
  const known = versions.ofRevision(key, revision)[0];
  if (known === undefined) return undefined;
  const { state } = known.update;
  return state === null ? null : decoder.decode(decodeState(state, revision).value);
}

function isAsItWas(
  versions: Versions,
  { key, modRevision, createRevision, version, value }: PageItem,
): boolean {
  const state = versions.ofRevision(key, modRevision)[0]?.update.state ?? null;
  if (state === null) return false;
  const known = decodeState(state, modRevision);
  return known.createRevision === createRevision && known.version === version &&
    (value === undefined || decoder.decode(known.value) === decoder.decode(value));
}
