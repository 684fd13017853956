import { type Place, placeOf, placeOfImport } from "./place.ts";

/** What the modules of an area may import, besides those of their own. Areas not named: anything. */
const AREAS: Readonly<Record<string, readonly string[]>> = {
  actors: [],
  protocols: ["actors"],
  transport: ["protocols", "actors"],
  storage: ["protocols", "actors"],
  // The example of a state machine is one of the workloads.
  sim: ["transport", "storage", "protocols", "actors", "examples"],
  cli: ["transport", "storage", "sim", "protocols", "actors"],
};

/** Which folders of `protocols/` one may import, besides its own. */
const PROTOCOLS: Readonly<Record<string, readonly string[]>> = {
  master: ["vr"],
  chain: ["master"],
  hermes: ["master"],
  gossip: ["swim"],
};

/** Areas that import no package: whoever reads them needs to know nothing else. */
const WITHOUT_PACKAGES: readonly string[] = ["actors", "protocols"];

/** Areas that may use the standard library, which an installation of the library need not have. */
const WITH_STD: readonly string[] = ["cli", "tests", "bench", "tools", "examples"];

/** Why a module may not import another of the project; `undefined` if it may. */
function refusal(from: Place, to: Place): string | undefined {
  const allowed = AREAS[from.area];
  if (allowed === undefined) return undefined;
  if (to.area === "") {
    return from.area === "cli" ? undefined : `${from.area}/ must not import ${to.path}`;
  }
  if (to.area !== from.area) {
    if (allowed.includes(to.area)) return undefined;
    return `${from.area}/ must not import ${to.area}/`;
  }
  if (to.protocol === "" || to.protocol === from.protocol) return undefined;
  if (from.protocol === "") return `What protocols share must not import protocols/${to.protocol}/`;
  if (PROTOCOLS[from.protocol]?.includes(to.protocol)) return undefined;
  return `protocols/${from.protocol}/ must not import protocols/${to.protocol}/`;
}

/** Why a module may not import a package; `undefined` if it may. */
function packageRefusal({ area }: Place, specifier: string): string | undefined {
  if (specifier.startsWith("node:")) return undefined;
  if (WITHOUT_PACKAGES.includes(area)) return `${area}/ must not import packages: "${specifier}"`;
  if (!specifier.startsWith("@std/") || WITH_STD.includes(area)) return undefined;
  return `Only ${WITH_STD.map((name) => `${name}/`).join(", ")} may import "${specifier}"`;
}

/**
 * Imports point one way: `cli → transport, storage, sim → protocols → actors`. A protocol imports no
 * other; what two of them share stands in `protocols/` itself.
 */
export const importDirection: Deno.lint.Rule = {
  create(context) {
    const place = placeOf(context.filename);
    if (place === undefined) return {};
    const check = (source: Deno.lint.Node | null) => {
      if (source?.type !== "Literal" || typeof source.value !== "string") return;
      const specifier = source.value;
      const to = /^\.{0,2}\//.test(specifier) ? placeOfImport(place, specifier) : undefined;
      const message = to === undefined ? packageRefusal(place, specifier) : refusal(place, to);
      if (message === undefined) return;
      context.report({
        node: source,
        message,
        hint: "Imports point one way: cli -> transport, storage, sim -> protocols -> actors",
      });
    };
    return {
      ImportDeclaration: (node) => check(node.source),
      ImportExpression: (node) => check(node.source),
      ExportAllDeclaration: (node) => check(node.source),
      ExportNamedDeclaration: (node) => check(node.source),
    };
  },
};
