import { isDeterministic, placeOf } from "./place.ts";

/** Globals through which the outside world, or an accident of the machine, comes in. */
const OUTSIDE: ReadonlySet<string> = new Set([
  "Date",
  "Deno",
  "FinalizationRegistry",
  "Intl",
  "Promise",
  "Temporal",
  "WeakRef",
  "WebSocket",
  "Worker",
  "clearImmediate",
  "clearInterval",
  "clearTimeout",
  "crypto",
  "fetch",
  "globalThis",
  "navigator",
  "performance",
  "process",
  "queueMicrotask",
  "setImmediate",
  "setInterval",
  "setTimeout",
  "window",
]);

/** The pure functions that may be had of Node's modules. */
const PURE: Readonly<Record<string, readonly string[]>> = {
  "node:crypto": ["hash"],
  "node:zlib": ["crc32"],
};

/** What the modules need that make the door: no more than that. */
const EXCEPTIONS: Readonly<Record<string, readonly string[]>> = {
  "actors/ask.ts": ["Promise"],
  "actors/real_environment.ts": [
    "Date",
    "clearTimeout",
    "crypto",
    "performance",
    "setImmediate",
    "setTimeout",
  ],
  "actors/shutdown.ts": ["Promise", "async"],
};

const HINT = "Clock, timers, randomness, network and disk come through the context or by message";

/** Whether an identifier names a property, or a type, rather than a value. */
function isNameOnly(node: Deno.lint.Identifier): boolean {
  const { parent } = node;
  switch (parent.type) {
    case "MemberExpression":
      return parent.property === node && !parent.computed;
    case "Property":
    case "MethodDefinition":
    case "PropertyDefinition":
    case "TSPropertySignature":
    case "TSMethodSignature":
      return parent.key === node && !parent.computed;
    case "TSTypeReference":
    case "TSTypeQuery":
    case "TSQualifiedName":
      return true;
    default:
      return false;
  }
}

/** What a member expression reads: `random` of both `Math.random` and `Math["random"]`. */
function propertyOf(node: Deno.lint.MemberExpression): string | undefined {
  const { property, computed } = node;
  if (!computed && property.type === "Identifier") return property.name;
  return property.type === "Literal" ? String(property.value) : undefined;
}

/** Which names a pattern takes out of an object. */
function namesTaken(pattern: Deno.lint.Node): string[] {
  if (pattern.type !== "ObjectPattern") return [];
  return pattern.properties.flatMap((property) =>
    property.type === "Property" && property.key.type === "Identifier" ? [property.key.name] : []
  );
}

/**
 * Nothing in `actors/` or `protocols/` touches the outside world but through an actor's context: so
 * the code that runs in production is, line for line, the code that the simulator runs.
 */
export const oneDoor: Deno.lint.Rule = {
  create(context) {
    const place = placeOf(context.filename);
    if (!isDeterministic(place)) return {};
    const allowed = EXCEPTIONS[place.path] ?? [];
    const report = (node: Deno.lint.Node, what: string) => {
      if (allowed.includes(what)) return;
      context.report({ node, message: `"${what}" must not be used in ${place.area}/`, hint: HINT });
    };
    const checkFunction = (node: Deno.lint.Node & { readonly async: boolean }) => {
      if (node.async) report(node, "async");
    };
    return {
      Identifier(node) {
        if (OUTSIDE.has(node.name) && !isNameOnly(node)) report(node, node.name);
      },
      MemberExpression(node) {
        const property = propertyOf(node);
        const isOfMath = node.object.type === "Identifier" && node.object.name === "Math";
        if (isOfMath && property === "random") report(node, "Math.random");
        if (property === "localeCompare" || property?.startsWith("toLocale")) {
          report(node, property);
        }
      },
      VariableDeclarator(node) {
        const isOfMath = node.init?.type === "Identifier" && node.init.name === "Math";
        if (isOfMath && namesTaken(node.id).includes("random")) report(node, "Math.random");
      },
      ImportDeclaration(node) {
        const source = node.source.value;
        if (!source.startsWith("node:")) return;
        for (const specifier of node.specifiers) {
          const name = specifier.type === "ImportSpecifier" &&
              specifier.imported.type === "Identifier"
            ? specifier.imported.name
            : "*";
          if (!PURE[source]?.includes(name)) report(specifier, `${name} of ${source}`);
        }
        if (node.specifiers.length === 0) report(node, source);
      },
      ImportExpression: (node) => report(node, "import()"),
      FunctionDeclaration: checkFunction,
      FunctionExpression: checkFunction,
      ArrowFunctionExpression: checkFunction,
      AwaitExpression: (node) => report(node, "async"),
      ForOfStatement(node) {
        if (node.await) report(node, "async");
      },
    };
  },
};
