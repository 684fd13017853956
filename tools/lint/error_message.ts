import { placeOf } from "./place.ts";

/** A text whose beginning and end are known, though perhaps not what is in between. */
interface KnownText {
  /** "" if it begins with something unknown. */
  readonly start: string;
  /** "" if it ends with something unknown. */
  readonly end: string;
}

function textOf(node: Deno.lint.Node | undefined): KnownText | undefined {
  if (node?.type === "Literal" && typeof node.value === "string") {
    return { start: node.value, end: node.value };
  }
  if (node?.type !== "TemplateLiteral") return undefined;
  const { quasis } = node;
  return { start: quasis[0]?.cooked ?? "", end: quasis.at(-1)?.cooked ?? "" };
}

function complaint({ start, end }: KnownText): string | undefined {
  if (/^[a-z]/.test(start)) return "begins with a capital";
  if (/[^.]\.$/.test(end)) return "has no period at its end";
  if (/n't\b/.test(start) || /n't\b/.test(end)) return "has no contractions";
  return undefined;
}

/** Which argument is the message. Classes of our own are judged by what they hand to these. */
const MESSAGE_INDICES: Readonly<Record<string, number>> = {
  Error: 0,
  RangeError: 0,
  SyntaxError: 0,
  TroupeError: 1,
  TypeError: 0,
};

function messageOf(
  callee: Deno.lint.Node | null | undefined,
  args: readonly Deno.lint.Node[],
): Deno.lint.Node | undefined {
  if (callee?.type !== "Identifier") return undefined;
  const index = MESSAGE_INDICES[callee.name];
  return index === undefined ? undefined : args[index];
}

/**
 * The message of an error is a sentence without its period: it begins with a capital, and says what
 * could not be done, why, and the current value. Only the form can be checked.
 */
export const errorMessage: Deno.lint.Rule = {
  create(context) {
    if (placeOf(context.filename)?.area === "tests") return {};
    const check = (node: Deno.lint.Node | undefined) => {
      const text = textOf(node);
      const broken = text && complaint(text);
      if (node === undefined || broken === undefined) return;
      context.report({ node, message: `The message of an error ${broken}` });
    };
    /** What the classes around the present node extend, the innermost last. */
    const parents: (Deno.lint.Node | null)[] = [];
    const enter = (node: { readonly superClass: Deno.lint.Node | null }) => {
      parents.push(node.superClass);
    };
    const leave = () => {
      parents.pop();
    };
    return {
      NewExpression: (node) => check(messageOf(node.callee, node.arguments)),
      ClassDeclaration: enter,
      "ClassDeclaration:exit": leave,
      ClassExpression: enter,
      "ClassExpression:exit": leave,
      CallExpression(node) {
        if (node.callee.type === "Super") check(messageOf(parents.at(-1), node.arguments));
      },
    };
  },
};
