const LINE_FEED = 10;

/**
 * Finds where commands in Redis's protocol end, and nothing else. Arguments must not contain line feeds, as
 * those of load generators do not.
 */
export class CommandCounter {
  /** Lines of the command under way that have not come yet; 0 between commands. */
  #linesLeft = 0;
  /** What has come of a command's first line. */
  #head = "";
  #words = 0;

  /** Takes bytes as they come; returns how many words each command has that ends in them. */
  push(bytes: Uint8Array): number[] {
    const ended: number[] = [];
    for (let at = 0; at < bytes.length;) {
      const end = bytes.indexOf(LINE_FEED, at);
      const stop = end < 0 ? bytes.length : end + 1;
      if (this.#linesLeft === 0) this.#begin(bytes.subarray(at, stop), end >= 0);
      else if (end >= 0 && --this.#linesLeft === 0) ended.push(this.#words);
      at = stop;
    }
    return ended;
  }

  /** Takes a part of the line `*N`. */
  #begin(bytes: Uint8Array, isWhole: boolean): void {
    this.#head += String.fromCharCode(...bytes);
    if (!isWhole) return;
    this.#words = Number(this.#head.slice(1, -2));
    this.#linesLeft = 2 * this.#words;
    this.#head = "";
  }
}
