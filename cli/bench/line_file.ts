import { TroupeError } from "../../actors/errors.ts";
import { whyUnreadable } from "../files.ts";

/** Lines are written together, so many characters at a time. */
const BATCH_LENGTH = 256 * 1024;

/** A file that lines are appended to. */
export class LineFile {
  readonly #file: Deno.FsFile;
  readonly #encoder = new TextEncoder();
  #batch: string[] = [];
  #length = 0;

  /**
   * Makes the file, or empties it.
   *
   * @throws {TroupeError} `bad_file` if the operating system says no.
   */
  constructor(path: string) {
    try {
      this.#file = Deno.openSync(path, { write: true, create: true, truncate: true });
    } catch (error) {
      const what = `Cannot write ${path}: ${whyUnreadable(error)}`;
      throw new TroupeError("bad_file", what, { cause: error });
    }
  }

  /** Takes a line, with its end. */
  write(line: string): void {
    this.#batch.push(line);
    this.#length += line.length;
    if (this.#length >= BATCH_LENGTH) this.#flush();
  }

  /** Writes what is left. */
  close(): void {
    this.#flush();
    this.#file.close();
  }

  #flush(): void {
    const bytes = this.#encoder.encode(this.#batch.join(""));
    for (let at = 0; at < bytes.length;) at += this.#file.writeSync(bytes.subarray(at));
    this.#batch = [];
    this.#length = 0;
  }
}
