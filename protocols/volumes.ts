/**
 * Which volume an object belongs to. It is so for ever: what was executed for whom stays with the
 * object, and only whole volumes move over nodes (CR 5.2).
 *
 * @module
 */

/** The volume of an object, from 0 to `volumes - 1`; the same at every node and in every release. */
export function volumeOf(object: string, volumes: number): number {
  if (volumes === 1) return 0;
  // FNV-1a over UTF-16 units, with the finalizer of MurmurHash3 for the sake of names that are nearly
  // the same.
  let hash = 0x811c9dc5;
  for (let index = 0; index < object.length; index++) {
    hash = Math.imul(hash ^ object.charCodeAt(index), 0x01000193);
  }
  hash = Math.imul(hash ^ (hash >>> 16), 0x85ebca6b);
  hash = Math.imul(hash ^ (hash >>> 13), 0xc2b2ae35);
  return ((hash ^ (hash >>> 16)) >>> 0) % volumes;
}
