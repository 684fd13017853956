import type { HttpResponse } from "./http_response.ts";
import { ResponseReader } from "./http_response.ts";

/** One connection to a server, kept alive, with one request at a time on it. */
export class HttpConnection {
  readonly #conn: Deno.TcpConn;
  readonly #reader: ResponseReader;
  readonly #encoder = new TextEncoder();
  #out = new Uint8Array(4 * 1024);

  private constructor(conn: Deno.TcpConn) {
    this.#conn = conn;
    this.#reader = new ResponseReader((into) => conn.read(into));
  }

  /** Connects, with Nagle's algorithm off. */
  static async open(hostname: string, port: number, signal: AbortSignal): Promise<HttpConnection> {
    const conn = await Deno.connect({ hostname, port, signal });
    conn.setNoDelay(true);
    return new HttpConnection(conn);
  }

  /**
   * Sends a request in one write and reads its answer.
   *
   * @param head The request line and headers, with the empty line that ends them.
   * @throws whatever the operating system says, and what {@linkcode ResponseReader.next} throws.
   */
  async exchange(head: string, body: Uint8Array | null): Promise<HttpResponse> {
    const length = this.#encode(head, body);
    for (let sent = 0; sent < length;) {
      sent += await this.#conn.write(this.#out.subarray(sent, length));
    }
    return await this.#reader.next();
  }

  /** Closes the connection; a pending exchange fails. */
  close(): void {
    try {
      this.#conn.close();
    } catch (error) {
      // It was closed already, by whoever gave up first.
      if (!(error instanceof Deno.errors.BadResource)) throw error;
    }
  }

  #encode(head: string, body: Uint8Array | null): number {
    const most = head.length * 3 + (body?.length ?? 0);
    if (this.#out.length < most) this.#out = new Uint8Array(2 * most);
    const { written } = this.#encoder.encodeInto(head, this.#out);
    if (body !== null) this.#out.set(body, written);
    return written + (body?.length ?? 0);
  }
}
