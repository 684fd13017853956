import { Reader, Writer } from "../actors/schema.ts";

/** What a repair stands in for, and how many bytes of its segment must be there for it to count. */
export interface Repair {
  readonly serial: number;
  readonly offset: number;
  readonly bytes: number;
}

/** A repair as the payload of its record. */
export function encodeRepair(repair: Repair): Uint8Array {
  const writer = new Writer(20);
  writer.u32(repair.serial);
  writer.u53(repair.offset);
  writer.u53(repair.bytes);
  return writer.finish();
}

/** A repair from its record. */
export function decodeRepair({ payload }: { readonly payload: Uint8Array }): Repair {
  const reader = new Reader(payload);
  return { serial: reader.u32(), offset: reader.u53(), bytes: reader.u53() };
}
