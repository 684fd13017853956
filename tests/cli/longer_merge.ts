/** The longer value, or the greater of two of the same length. */
export default (left: Uint8Array, right: Uint8Array): Uint8Array => {
  if (left.length !== right.length) return left.length > right.length ? left : right;
  return left.toHex() > right.toHex() ? left : right;
};
