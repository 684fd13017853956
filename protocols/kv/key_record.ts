import { NO_SLAB, type Placed, type Slab } from "./slabs.ts";
import type { KeyMetadata } from "./types.ts";

/**
 * What the store keeps for a key. Every write makes a new one, so that a snapshot may hold the old;
 * only where the value lies can change.
 */
export class KeyRecord implements KeyMetadata, Placed {
  readonly createRevision: number;
  readonly modRevision: number;
  readonly version: number;
  slab: Slab = NO_SLAB;
  offset = 0;
  length = 0;
  live = true;

  constructor(createRevision: number, modRevision: number, version: number) {
    this.createRevision = createRevision;
    this.modRevision = modRevision;
    this.version = version;
  }
}
