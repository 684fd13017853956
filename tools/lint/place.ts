/** The root of the project, with a slash at its end. */
const ROOT = new URL("../../", import.meta.url).pathname;

/** Where a module stands in the project. */
export interface Place {
  /** Its path from the root of the project, as in `protocols/vr/replica.ts`. */
  readonly path: string;
  /** The folder at the top, or "" for a file at the root. */
  readonly area: string;
  /** The folder within `protocols/`, or "" for a file that stands in `protocols/` itself. */
  readonly protocol: string;
}

/** Where the module of that file name stands; `undefined` if it is not one of the project. */
export function placeOf(filename: string): Place | undefined {
  if (filename.startsWith("/") && !filename.startsWith(ROOT)) return undefined;
  const path = filename.startsWith(ROOT) ? filename.slice(ROOT.length) : filename;
  const folders = path.split("/").slice(0, -1);
  const [area = "", protocol = ""] = folders;
  return { path, area, protocol: area === "protocols" ? protocol : "" };
}

/** Where a relative import leads. */
export function placeOfImport(from: Place, specifier: string): Place | undefined {
  return placeOf(new URL(specifier, `file://${ROOT}${from.path}`).pathname);
}

/** Whether a module must be deterministic: the same code runs in production and in the simulator. */
export function isDeterministic(place: Place | undefined): place is Place {
  return place?.area === "actors" || place?.area === "protocols";
}
