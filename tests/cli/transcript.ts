/** Gathers text as it is written, and lets a test wait for some of it instead of for some time. */
export class Transcript {
  #text = "";
  #waiting: { readonly pattern: RegExp; readonly resolve: (match: RegExpExecArray) => void }[] = [];

  get text(): string {
    return this.#text;
  }

  readonly write = (text: string): void => {
    this.#text += text;
    this.#waiting = this.#waiting.filter(({ pattern, resolve }) => {
      const match = pattern.exec(this.#text);
      if (match !== null) resolve(match);
      return match === null;
    });
  };

  /** Takes all that a stream brings. */
  async read(stream: ReadableStream<Uint8Array>): Promise<void> {
    const decoder = new TextDecoder();
    for await (const bytes of stream) this.write(decoder.decode(bytes, { stream: true }));
  }

  /** Resolves when the text, as a whole, matches. */
  waitFor(pattern: RegExp): Promise<RegExpExecArray> {
    const match = pattern.exec(this.#text);
    if (match !== null) return Promise.resolve(match);
    return new Promise((resolve) => this.#waiting.push({ pattern, resolve }));
  }
}
