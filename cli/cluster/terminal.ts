/** Where a terminal's lines go; throws when nobody reads them any more. */
export type WriteText = (text: string) => void;

const RESET = "\x1b[0m";
const BOLD = "\x1b[1m";
/** One for each node, in turn: cyan, yellow, magenta, green, blue and their bright kin. */
const NODE_COLOURS = [
  "\x1b[36m",
  "\x1b[33m",
  "\x1b[35m",
  "\x1b[32m",
  "\x1b[34m",
  "\x1b[96m",
  "\x1b[93m",
];

/** One terminal for several processes: every line says whose it is. */
export class Terminal {
  readonly #write: WriteText;
  readonly #colours: boolean;

  /** @param options.colours Whether to colour the names of the nodes. */
  constructor(write: WriteText, options: { readonly colours: boolean }) {
    this.#write = write;
    this.#colours = options.colours;
  }

  /** A line that a node wrote. */
  nodeLine(node: number, line: string): void {
    const colour = NODE_COLOURS[node % NODE_COLOURS.length]!;
    this.#write(`${this.#paint(colour, `node ${node} |`)} ${line}\n`);
  }

  /** A line of the runner's own. */
  line(text: string): void {
    this.#write(`${this.#paint(BOLD, "cluster |")} ${text}\n`);
  }

  /** Several lines that belong together, with an empty one before and after. */
  block(text: string): void {
    this.#write(`\n${text.trimEnd()}\n\n`);
  }

  #paint(colour: string, text: string): string {
    return this.#colours ? `${colour}${text}${RESET}` : text;
  }
}
