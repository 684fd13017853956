/** A client that shows answers as they come, byte for byte. */
export class RawClient implements Disposable {
  readonly #socket: Deno.TcpConn;
  #received = "";

  private constructor(socket: Deno.TcpConn) {
    this.#socket = socket;
  }

  static async connect(port: number): Promise<RawClient> {
    return new RawClient(await Deno.connect({ hostname: "127.0.0.1", port }));
  }

  /** Sends a request and returns its answer. */
  async ask(...words: readonly (string | Uint8Array)[]): Promise<string> {
    await this.send(request(...words));
    return await this.reply();
  }

  /** Sends bytes as they are. */
  async send(text: string | Uint8Array): Promise<void> {
    const bytes = typeof text === "string" ? latin1(text) : text;
    for (let at = 0; at < bytes.length;) at += await this.#socket.write(bytes.subarray(at));
  }

  /** Says that nothing more will be sent. */
  closeWrite(): Promise<void> {
    return this.#socket.closeWrite();
  }

  /** The next answer; what there is if the connection ends before it does. */
  async reply(): Promise<string> {
    for (;;) {
      const end = endOf(this.#received, 0);
      if (end !== undefined) {
        const reply = this.#received.slice(0, end);
        this.#received = this.#received.slice(end);
        return reply;
      }
      if (!await this.#more()) return this.#received;
    }
  }

  /** Everything until the server closes. */
  async rest(): Promise<string> {
    while (await this.#more());
    return this.#received;
  }

  [Symbol.dispose](): void {
    try {
      this.#socket.close();
    } catch {
      // Closed already.
    }
  }

  async #more(): Promise<boolean> {
    const buffer = new Uint8Array(64 * 1024);
    let count: number | null;
    try {
      count = await this.#socket.read(buffer);
    } catch {
      return false; // The server has broken off while it was sent something.
    }
    if (count === null) return false;
    this.#received += Array.from(
      buffer.subarray(0, count),
      (byte) => String.fromCharCode(byte),
    ).join("");
    return true;
  }
}

/** A request as clients send it; text is one byte for each of its units. */
export function request(...words: readonly (string | Uint8Array)[]): Uint8Array {
  const parts = words.map((word) => typeof word === "string" ? latin1(word) : word);
  const pieces = parts.flatMap((part) => [latin1(`$${part.length}\r\n`), part, latin1("\r\n")]);
  return concat([latin1(`*${words.length}\r\n`), ...pieces]);
}

export function latin1(text: string): Uint8Array {
  return Uint8Array.from(text, (unit) => unit.charCodeAt(0));
}

function concat(pieces: readonly Uint8Array[]): Uint8Array {
  const whole = new Uint8Array(pieces.reduce((sum, { length }) => sum + length, 0));
  let at = 0;
  for (const piece of pieces) {
    whole.set(piece, at);
    at += piece.length;
  }
  return whole;
}

/** Where an answer ends; `undefined` if it has not. */
function endOf(text: string, at: number): number | undefined {
  const line = text.indexOf("\r\n", at);
  if (line < 0) return undefined;
  const count = Number(text.slice(at + 1, line));
  let end = line + 2;
  switch (text[at]) {
    case "$":
    case "=":
      if (count < 0) return end;
      return end + count + 2 <= text.length ? end + count + 2 : undefined;
    case "*":
    case "~":
    case "%": {
      for (let left = text[at] === "%" ? 2 * count : count; left > 0; left--) {
        const next = endOf(text, end);
        if (next === undefined) return undefined;
        end = next;
      }
      return end;
    }
    default:
      return end;
  }
}
