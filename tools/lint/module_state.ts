import { isDeterministic, placeOf } from "./place.ts";

/** Whether a value is made empty, which makes sense only if it is to be filled. */
function isMadeEmpty(node: Deno.lint.Node | null): boolean {
  switch (node?.type) {
    case "ArrayExpression":
      return node.elements.length === 0;
    case "ObjectExpression":
      return node.properties.length === 0;
    case "NewExpression":
      return node.callee.type === "Identifier" && node.arguments.length === 0 &&
        ["Map", "Set", "WeakMap", "WeakSet", "Array"].includes(node.callee.name);
    default:
      return false;
  }
}

/**
 * Modules in `actors/` and `protocols/` have no state: the nodes of a simulation share them, and so
 * would share it, and one run would leave it to the next.
 */
export const noModuleState: Deno.lint.Rule = {
  create(context) {
    if (!isDeterministic(placeOf(context.filename))) return {};
    return {
      VariableDeclaration(node) {
        const { type } = node.parent;
        if (type !== "Program" && type !== "ExportNamedDeclaration") return;
        const isConstant = node.kind === "const" &&
          !node.declarations.some(({ init }) => isMadeEmpty(init));
        if (isConstant) return;
        context.report({
          node,
          message: "A module must not have state",
          hint: "Keep it in an object that each node makes for itself",
        });
      },
    };
  },
};
