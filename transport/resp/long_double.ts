/**
 * Numbers as `INCRBYFLOAT` adds them: those of `long double` on x86, with a mantissa of 64 bits, so that
 * sums are the same digits as with Redis. Everything is computed exactly and rounded once.
 *
 * @module
 */

/** A number `mantissa * 2^exponent`. */
export interface LongDouble {
  readonly mantissa: bigint;
  readonly exponent: number;
}

/** What was read or computed: a number, or what is too large for one, of either sign. */
export type Computed = LongDouble | "infinite";

/** Bits of a mantissa. */
const PRECISION = 64;
/** The exponent of the least number there is, 2^-16445. */
const EXPONENT_MIN = -16_445;
/** Numbers from 2^16384 up are infinite. */
const EXPONENT_END = 16_384;
/** A text that is longer is no number to Redis (`MAX_LONG_DOUBLE_CHARS`). */
const TEXT_LENGTH_MAX = 5_119;
/** Beyond these powers of ten there is no number, and nothing is computed. */
const DECIMAL_EXPONENT_MAX = 5_000;
/** Digits behind the point that are written. */
const DIGITS = 17;

const DECIMAL = /^([+-]?)(\d*)(?:\.(\d*))?(?:e([+-]?\d+))?$/i;
const HEXADECIMAL = /^([+-]?)0x([\da-f]*)(?:\.([\da-f]*))?(?:p([+-]?\d+))?$/i;
const INFINITE = /^[+-]?inf(inity)?$/i;
/** What is added to in the absence of a number. */
export const ZERO: LongDouble = { mantissa: 0n, exponent: 0 };

/**
 * Reads a number as `strtold` of C does.
 *
 * @returns `undefined` if it is none, is too large, or too small to be told from zero.
 */
export function parseLongDouble(text: string): Computed | undefined {
  if (text.length > TEXT_LENGTH_MAX) return undefined;
  if (INFINITE.test(text)) return "infinite";
  const decimal = DECIMAL.exec(text);
  const match = decimal ?? HEXADECIMAL.exec(text);
  if (match === null) return undefined;
  const [, sign, whole = "", fraction = "", power = "0"] = match;
  const digits = (whole + fraction).replace(/^0+/, "");
  if (digits === "") return whole + fraction === "" ? undefined : ZERO;
  const read = decimal === null
    ? fromHexadecimal(digits, Number(power) - 4 * fraction.length)
    : fromDecimal(digits, Number(power) - fraction.length);
  if (read === "infinite" || read.mantissa === 0n) return undefined;
  return sign === "-" ? negated(read) : read;
}

/** The sum, rounded; `infinite` also for what would be no number. */
export function addLongDoubles(one: Computed, other: Computed): Computed {
  if (one === "infinite" || other === "infinite") return "infinite";
  const exponent = Math.min(one.exponent, other.exponent);
  const aligned = (each: LongDouble) => each.mantissa << BigInt(each.exponent - exponent);
  const sum = aligned(one) + aligned(other);
  const size = rounded(magnitude(sum), 1n, exponent);
  return sum < 0n && size !== "infinite" ? negated(size) : size;
}

/** Writes a number with at most 17 digits behind the point, and no zeros at the end. */
export function formatLongDouble({ mantissa, exponent }: LongDouble): string {
  const size = magnitude(mantissa) * 10n ** BigInt(DIGITS);
  const scaled = exponent >= 0
    ? size << BigInt(exponent)
    : dividedToEven(size, 1n << BigInt(-exponent));
  const digits = scaled.toString().padStart(DIGITS + 1, "0");
  const fraction = digits.slice(-DIGITS).replace(/0+$/, "");
  const text = digits.slice(0, -DIGITS) + (fraction === "" ? "" : `.${fraction}`);
  return mantissa < 0n && text !== "0" ? `-${text}` : text;
}

function fromDecimal(digits: string, power: number): Computed {
  // Where the first digit stands says how large the number is, before anything large is computed.
  const first = power + digits.length;
  if (first > DECIMAL_EXPONENT_MAX) return "infinite";
  if (first < -DECIMAL_EXPONENT_MAX) return ZERO;
  const tens = 10n ** BigInt(Math.abs(power));
  return power < 0 ? rounded(BigInt(digits), tens, 0) : rounded(BigInt(digits) * tens, 1n, 0);
}

function fromHexadecimal(digits: string, power: number): Computed {
  const first = power + 4 * digits.length;
  if (first > 2 * EXPONENT_END) return "infinite";
  return first < 2 * EXPONENT_MIN ? ZERO : rounded(BigInt(`0x${digits}`), 1n, power);
}

/** The number next to `numerator / denominator * 2^exponent`; of two, the one whose mantissa is even. */
function rounded(numerator: bigint, denominator: bigint, exponent: number): Computed {
  if (numerator === 0n) return ZERO;
  const length = bitLength(numerator) - bitLength(denominator);
  // The quotient is from 2^(length - 1) on and less than 2^(length + 1).
  const isLess =
    numerator << BigInt(Math.max(-length, 0)) < denominator << BigInt(Math.max(length, 0));
  const bits = isLess ? length : length + 1;
  const shift = Math.max(bits - PRECISION, EXPONENT_MIN - exponent);
  const mantissa = dividedToEven(
    numerator << BigInt(Math.max(-shift, 0)),
    denominator << BigInt(Math.max(shift, 0)),
  );
  const isInfinite = bitLength(mantissa) + shift + exponent > EXPONENT_END;
  return isInfinite ? "infinite" : { mantissa, exponent: exponent + shift };
}

/** The integer next to a quotient; of two, the even one. */
function dividedToEven(numerator: bigint, denominator: bigint): bigint {
  const quotient = numerator / denominator;
  const twice = 2n * (numerator - quotient * denominator);
  const isUp = twice > denominator || (twice === denominator && quotient % 2n === 1n);
  return isUp ? quotient + 1n : quotient;
}

function bitLength(integer: bigint): number {
  return integer === 0n ? 0 : integer.toString(2).length;
}

function magnitude(integer: bigint): bigint {
  return integer < 0n ? -integer : integer;
}

function negated({ mantissa, exponent }: LongDouble): LongDouble {
  return { mantissa: -mantissa, exponent };
}
