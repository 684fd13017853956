/** The bounds of the store's integers: those of 64 bits. */
const MIN = -(2n ** 63n);
const MAX = 2n ** 63n - 1n;

/** A sum, or why there is none. */
export type Sum =
  | { readonly value: string }
  | { readonly refused: "not_a_number" | "number_overflow" };

/** Adds an integer to a value that should be one, as the store does. */
export function addDecimal(value: string, delta: string): Sum {
  if (!isDecimal(value)) return { refused: "not_a_number" };
  const sum = BigInt(value) + BigInt(delta);
  return sum < MIN || sum > MAX ? { refused: "number_overflow" } : { value: String(sum) };
}

/** What an integer was before another was added. */
export function subtractDecimal(sum: string, delta: string): string | undefined {
  return isDecimal(sum) ? String(BigInt(sum) - BigInt(delta)) : undefined;
}

/** Whether a text is an integer of 64 bits, written in the only way that the store writes it. */
export function isDecimal(text: string): boolean {
  if (!/^(?:0|-?[1-9]\d{0,18})$/.test(text)) return false;
  const value = BigInt(text);
  return value >= MIN && value <= MAX;
}
