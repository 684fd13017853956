/** A flow collection that is open. */
interface Collection {
  readonly kind: "mapping" | "sequence";
  readonly path: string;
  /** The key of a mapping, or the index of a sequence's item, that is being read. */
  at: string;
  index: number;
}

/** Finds the fields in a flow collection, `{ a: [1, 2], b: "c" }`, which may go on over lines. */
export class FlowScanner {
  readonly #record: (path: string, line: number) => void;
  readonly #open: Collection[] = [];
  readonly #path: string;
  #quote: string | null = null;
  /** The text since the last separator, and the line on which it began. */
  #token = "";
  #tokenLine = 0;

  /** @param path The field whose value the collection is. */
  constructor(path: string, record: (path: string, line: number) => void) {
    this.#path = path;
    this.#record = record;
  }

  /** Reads on; true when the outermost collection is closed. */
  read(text: string, line: number): boolean {
    for (let i = 0; i < text.length; i++) {
      const char = text[i]!;
      if (this.#quote !== null) {
        if (char === "\\" && this.#quote === '"') i++;
        else if (char === this.#quote) this.#quote = null;
        else this.#token += char;
      } else if ((char === '"' || char === "'") && this.#token.trim() === "") {
        this.#quote = char;
        this.#tokenLine = line;
      } else if (char === "#" && (i === 0 || /\s/.test(text[i - 1]!))) {
        return false;
      } else {
        this.#readPlain(char, /[\s,{}[\]"']|undefined/.test(String(text[i + 1])), line);
        if (this.#open.length === 0) return true;
      }
    }
    this.#token += " ";
    return false;
  }

  #readPlain(char: string, beforeSeparator: boolean, line: number): void {
    if (char === "{" || char === "[") {
      this.#itemBegins(line);
      const kind = char === "{" ? "mapping" : "sequence";
      this.#open.push({ kind, path: this.#currentPath(), at: "", index: 0 });
      this.#token = "";
    } else if (char === "}" || char === "]") {
      this.#itemEnds();
      this.#open.pop();
    } else if (char === ",") {
      this.#itemEnds();
      const collection = this.#open.at(-1)!;
      collection.index++;
      collection.at = "";
    } else if (char === ":" && beforeSeparator && this.#open.at(-1)?.kind === "mapping") {
      this.#open.at(-1)!.at = this.#token.trim();
      this.#record(this.#currentPath(), this.#tokenLine);
      this.#token = "";
    } else {
      if (this.#token.trim() === "") this.#tokenLine = line;
      this.#token += char;
    }
  }

  /** A collection within a sequence is an item of it. */
  #itemBegins(line: number): void {
    if (this.#open.at(-1)?.kind === "sequence") this.#record(this.#currentPath(), line);
  }

  /** A scalar in a sequence is known to be an item when it ends. */
  #itemEnds(): void {
    const collection = this.#open.at(-1);
    if (collection?.kind === "sequence" && this.#token.trim() !== "") {
      this.#record(this.#currentPath(), this.#tokenLine);
    }
    this.#token = "";
  }

  #currentPath(): string {
    const collection = this.#open.at(-1);
    if (collection === undefined) return this.#path;
    if (collection.kind === "sequence") return `${collection.path}[${collection.index}]`;
    return collection.path === "" ? collection.at : `${collection.path}.${collection.at}`;
  }
}
