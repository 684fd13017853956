/**
 * On which line of a YAML text each field stands.
 *
 * `@std/yaml` gives values without positions, so this walks the text a second time: block mappings and
 * sequences by indentation, flow collections (and so JSON) by {@linkcode FlowScanner}. It reads only texts that
 * the parser has accepted, and what it cannot place (a merged key, say) is placed at the nearest
 * enclosing field: an error then names a line near by, never a wrong value.
 *
 * @module
 */
import { FlowScanner } from "./positions_flow.ts";

/** A block collection that is open at the current line. */
interface Block {
  readonly kind: "mapping" | "sequence";
  readonly indent: number;
  readonly path: string;
  /** Of a sequence: the index of its newest item. */
  index: number;
}

/** The lines of the fields of a YAML text, by path: `timeouts.heartbeat_ms`, `replicas_addresses[1]`. */
export class Positions {
  readonly #lines = new Map<string, number>();
  readonly #blocks: Block[] = [];
  /** The field whose value may begin on a later line. */
  #pending = "";
  #flow: FlowScanner | null = null;
  /** Inside a block scalar: the indentation of the field that it belongs to. */
  #scalarIndent: number | null = null;
  /** Inside a quoted text that goes on over lines: its quote. */
  #quote: string | null = null;

  constructor(text: string) {
    text.split(/\r\n|\r|\n/).forEach((line, index) => this.#readLine(line, index + 1));
  }

  /**
   * The line of the first of these fields that the text has; else of the field that encloses the
   * first of them; else 1.
   */
  lineOf(...paths: readonly string[]): number {
    const present = paths.find((path) => this.#lines.has(path));
    let rest = present ?? paths[0] ?? "";
    while (rest !== "") {
      const line = this.#lines.get(rest);
      if (line !== undefined) return line;
      rest = rest.slice(0, Math.max(rest.lastIndexOf("."), rest.lastIndexOf("["), 0));
    }
    return 1;
  }

  #readLine(line: string, number: number): void {
    if (this.#flow !== null) return this.#readFlow(line, number);
    const content = line.trimStart();
    const indent = line.search(/[^ ]|$/);
    if (this.#scalarIndent !== null) {
      if (content === "" || indent > this.#scalarIndent) return;
      this.#scalarIndent = null;
    }
    if (this.#quote !== null) {
      if (closesQuote(line, this.#quote)) this.#quote = null;
      return;
    }
    if (content === "" || /^(#|%|\.\.\.(\s|$))/.test(content)) return;
    if (/^---(\s|$)/.test(line)) return;
    this.#readContent(content, indent, number);
  }

  #readContent(content: string, indent: number, number: number): void {
    while (this.#blocks.length > 0 && this.#blocks.at(-1)!.indent > indent) this.#blocks.pop();
    const item = /^-(\s+|$)/.exec(content);
    if (item !== null) return this.#readItem(content, item[0].length, indent, number);
    const key = /^(?:"((?:[^"\\]|\\.)*)"|'((?:[^']|'')*)'|([^\s#{["'][^#]*?))\s*:(\s+|$)/.exec(
      content,
    );
    if (key === null) return this.#readValue(content, indent, this.#pending, number);
    const path = this.#enterKey(key[1] ?? key[2] ?? key[3]!, indent);
    this.#lines.set(path, number);
    this.#pending = path;
    this.#readValue(content.slice(key[0].length), indent, path, number);
  }

  #readItem(content: string, width: number, indent: number, number: number): void {
    let sequence = this.#blocks.at(-1);
    if (sequence?.kind !== "sequence" || sequence.indent !== indent) {
      sequence = { kind: "sequence", indent, path: this.#pending, index: -1 };
      this.#blocks.push(sequence);
    }
    sequence.index++;
    const path = `${sequence.path}[${sequence.index}]`;
    this.#lines.set(path, number);
    this.#pending = path;
    const rest = content.slice(width);
    if (rest !== "" && !rest.startsWith("#")) this.#readContent(rest, indent + width, number);
  }

  #enterKey(key: string, indent: number): string {
    // A sequence may stand at the indentation of the key that holds it, and ends at the next key.
    if (this.#blocks.at(-1)?.kind === "sequence" && this.#blocks.at(-1)!.indent === indent) {
      this.#blocks.pop();
    }
    let mapping = this.#blocks.at(-1);
    if (mapping?.kind !== "mapping" || mapping.indent !== indent) {
      mapping = { kind: "mapping", indent, path: this.#pending, index: 0 };
      this.#blocks.push(mapping);
    }
    return mapping.path === "" ? key : `${mapping.path}.${key}`;
  }

  #readValue(text: string, indent: number, path: string, number: number): void {
    const value = text.replace(/^(?:[&!]\S*\s+)*/, "");
    const first = value[0];
    if (first === "{" || first === "[") {
      this.#flow = new FlowScanner(path, (at, line) => this.#lines.set(at, line));
      this.#readFlow(value, number);
    } else if (first === "|" || first === ">") {
      this.#scalarIndent = indent;
    } else if ((first === '"' || first === "'") && !closesQuote(value.slice(1), first)) {
      this.#quote = first;
    }
  }

  #readFlow(text: string, number: number): void {
    if (this.#flow!.read(text, number)) this.#flow = null;
  }
}

/** Whether a text, which begins inside quotes, has the closing one. */
function closesQuote(text: string, quote: string): boolean {
  const unescaped = quote === '"' ? text.replace(/\\./g, "") : text.replaceAll("''", "");
  return unescaped.includes(quote);
}
