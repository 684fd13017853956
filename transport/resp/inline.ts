/**
 * Requests as people type them: words on a line, some in quotes.
 *
 * @module
 */

const SPACE = 0x20;
const DOUBLE = 0x22;
const SINGLE = 0x27;
const BACKSLASH = 0x5c;

/** What a letter after a backslash stands for. */
const ESCAPES: Readonly<Record<string, number>> = { n: 0x0a, r: 0x0d, t: 0x09, b: 0x08, a: 0x07 };

/**
 * The words of a line, by the rules of `sdssplitargs` of Redis: a word, or a part of it, may stand in
 * double quotes, where `\n`, `\xff` and the like are understood, or in single quotes, where only `\'` is.
 *
 * @returns copies of them; `undefined` if a quote is not closed, or not followed by a space.
 */
export function splitLine(line: Uint8Array): Uint8Array[] | undefined {
  const words: Uint8Array[] = [];
  const nul = line.indexOf(0);
  const end = nul < 0 ? line.length : nul;
  let at = 0;
  for (;;) {
    while (at < end && isSpace(line[at]!)) at++;
    if (at === end) return words;
    const word = new Word(line, at, end);
    if (!word.read()) return undefined;
    words.push(Uint8Array.from(word.bytes));
    at = word.at;
  }
}

/** One word that is being read. */
class Word {
  readonly bytes: number[] = [];
  at: number;
  readonly #line: Uint8Array;
  readonly #end: number;

  constructor(line: Uint8Array, at: number, end: number) {
    this.#line = line;
    this.at = at;
    this.#end = end;
  }

  /** Reads it to its end; whether its quotes are balanced. */
  read(): boolean {
    while (this.at < this.#end) {
      const byte = this.#line[this.at]!;
      if (isSeparator(byte)) return true;
      this.at++;
      if (byte !== DOUBLE && byte !== SINGLE) this.bytes.push(byte);
      else return this.#quoted(byte);
    }
    return true;
  }

  /** Reads to the closing quote, which ends the word. */
  #quoted(quote: number): boolean {
    while (this.at < this.#end) {
      const byte = this.#line[this.at++]!;
      if (byte === quote) return this.at === this.#end || isSpace(this.#line[this.at]!);
      if (byte !== BACKSLASH || this.at === this.#end) this.bytes.push(byte);
      else if (quote === DOUBLE) this.bytes.push(this.#escaped());
      else if (this.#line[this.at] === SINGLE) this.bytes.push(this.#line[this.at++]!);
      else this.bytes.push(byte);
    }
    return false;
  }

  #escaped(): number {
    const letter = String.fromCharCode(this.#line[this.at++]!);
    if (letter === "x" && this.at + 2 <= this.#end) {
      const hex = String.fromCharCode(this.#line[this.at]!, this.#line[this.at + 1]!);
      if (/^[0-9a-fA-F]{2}$/.test(hex)) {
        this.at += 2;
        return parseInt(hex, 16);
      }
    }
    return ESCAPES[letter] ?? letter.charCodeAt(0);
  }
}

/** What may stand between words. */
function isSpace(byte: number): boolean {
  return byte === SPACE || (byte >= 0x09 && byte <= 0x0d);
}

/** What ends a word: not every space does. */
function isSeparator(byte: number): boolean {
  return byte === SPACE || byte === 0x09 || byte === 0x0a || byte === 0x0d;
}
