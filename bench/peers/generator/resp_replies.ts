const LINE_FEED = 10;
const [DOLLAR, MINUS, COLON, ZERO] = [36, 45, 58, 48];

/** Counts replies in Redis's protocol: lines, integers, errors and bulk strings. */
export class ReplyCounter {
  /** Replies that have come. */
  count = 0;
  /** Of those, errors, and the integer 0: a WAIT that no replica has answered. */
  errors = 0;
  /** The first line of a reply, as far as it has come. */
  #head: number[] = [];
  /** Bytes of a bulk string, with the end of its line, that have not come yet. */
  #bulkLeft = 0;

  /** Takes bytes as they come. */
  push(bytes: Uint8Array): void {
    for (let at = 0; at < bytes.length;) {
      if (this.#bulkLeft > 0) {
        const taken = Math.min(this.#bulkLeft, bytes.length - at);
        this.#bulkLeft -= taken;
        at += taken;
        if (this.#bulkLeft === 0) this.count++;
        continue;
      }
      const end = bytes.indexOf(LINE_FEED, at);
      const stop = end < 0 ? bytes.length : end + 1;
      for (let each = at; each < stop; each++) this.#head.push(bytes[each]!);
      if (end >= 0) this.#endLine();
      at = stop;
    }
  }

  #endLine(): void {
    const [type, first] = this.#head;
    if (type === MINUS || (type === COLON && first === ZERO)) this.errors++;
    if (type === DOLLAR && first !== MINUS) {
      this.#bulkLeft = Number(String.fromCharCode(...this.#head.slice(1, -2))) + 2;
    } else {
      if (type === DOLLAR) this.errors++; // nothing under this key, although all were written
      this.count++;
    }
    this.#head = [];
  }
}
