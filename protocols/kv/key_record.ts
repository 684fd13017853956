import type { KeyState } from "./key_state.ts";
import { NO_SLAB, type Placed, type Slab, valueOf } from "../slabs.ts";
import type { KeyMetadata } from "./types.ts";

/**
 * What the store keeps for a key. Every write makes a new one, so that a snapshot may hold the old;
 * only where the value lies can change.
 */
export class KeyRecord implements KeyState, Placed {
  readonly createRevision: number;
  readonly modRevision: number;
  readonly version: number;
  slab: Slab = NO_SLAB;
  offset = 0;
  length = 0;
  live = true;

  constructor({ createRevision, modRevision, version }: KeyMetadata) {
    this.createRevision = createRevision;
    this.modRevision = modRevision;
    this.version = version;
  }

  /** A view that must not be kept. */
  get value(): Uint8Array {
    return valueOf(this);
  }
}
