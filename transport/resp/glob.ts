const STAR = 0x2a;
const QUESTION = 0x3f;
const OPEN = 0x5b;
const CLOSE = 0x5d;
const CARET = 0x5e;
const BACKSLASH = 0x5c;
const HYPHEN = 0x2d;

/**
 * Whether a text fits a pattern as `KEYS` and `SCAN` take them: `*`, `?`, `[abc]`, `[^a]`, `[a-z]`, and a
 * backslash before what is meant literally. Takes at most the product of both lengths.
 */
export function matchesGlob(pattern: string, text: string): boolean {
  let p = 0;
  let t = 0;
  // Where the last star was, and where the text after it was taken to begin.
  let starAt = -1;
  let starText = 0;
  while (t < text.length) {
    if (pattern.charCodeAt(p) === STAR) {
      starAt = p++;
      starText = t;
      continue;
    }
    const next = p < pattern.length ? matchOne(pattern, p, text.charCodeAt(t)) : -1;
    if (next >= 0) {
      p = next;
      t++;
    } else if (starAt >= 0) {
      p = starAt + 1;
      t = ++starText;
    } else {
      return false;
    }
  }
  while (pattern.charCodeAt(p) === STAR) p++;
  return p === pattern.length;
}

/** What every text begins with that fits a pattern: none of it has a meaning of its own. */
export function literalPrefix(pattern: string): string {
  const special = pattern.search(/[*?[\\]/);
  return special < 0 ? pattern : pattern.slice(0, special);
}

/** Where the pattern goes on after one character that fits; -1 if it does not. */
function matchOne(pattern: string, at: number, unit: number): number {
  switch (pattern.charCodeAt(at)) {
    case QUESTION:
      return at + 1;
    case OPEN:
      return matchClass(pattern, at + 1, unit);
    case BACKSLASH:
      if (at + 1 < pattern.length) at++;
      return pattern.charCodeAt(at) === unit ? at + 1 : -1;
    default:
      return pattern.charCodeAt(at) === unit ? at + 1 : -1;
  }
}

/** As in Redis, a class that is not closed ends with the pattern. */
function matchClass(pattern: string, at: number, unit: number): number {
  const isNegated = pattern.charCodeAt(at) === CARET;
  if (isNegated) at++;
  let fits = false;
  for (; at < pattern.length && pattern.charCodeAt(at) !== CLOSE; at++) {
    if (pattern.charCodeAt(at) === BACKSLASH && at + 1 < pattern.length) {
      at++;
      fits ||= pattern.charCodeAt(at) === unit;
    } else if (pattern.charCodeAt(at + 1) === HYPHEN && at + 2 < pattern.length) {
      const [one, other] = [pattern.charCodeAt(at), pattern.charCodeAt(at + 2)];
      fits ||= unit >= Math.min(one, other) && unit <= Math.max(one, other);
      at += 2;
    } else {
      fits ||= pattern.charCodeAt(at) === unit;
    }
  }
  return fits === isNegated ? -1 : Math.min(at + 1, pattern.length);
}
