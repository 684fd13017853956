/** Whoever finds the port that is meant for the other nodes. */
import { DialerHandshake, type HandshakeStep } from "../../transport/handshake.ts";
import { FrameParser } from "../../transport/frame.ts";
import { WITH_MANY_FILES } from "./node_process.ts";
import { CLUSTER_NAME } from "./processes.ts";
import { pause } from "./until.ts";

const IDLE_CONNECTIONS = new URL("./idle_connections.ts", import.meta.url).pathname;
const FRAME_BYTES_MAX = 1 << 20;
/** Between two bytes of a slow sender, in milliseconds. */
const DRIP_MS = 50;

/** Connects, writes, and waits until the node hangs up. */
export async function sendAndAwaitEnd(port: number, bytes: Uint8Array): Promise<void> {
  using connection = await Deno.connect({ hostname: "127.0.0.1", port });
  await writeAll(connection, bytes);
  await ended(connection);
}

/** Sends one byte after the other, slowly, until the node hangs up; returns how many it sent. */
export async function dripUntilEnd(port: number, bytes: Uint8Array): Promise<number> {
  using connection = await Deno.connect({ hostname: "127.0.0.1", port });
  let isOver = false;
  const end = ended(connection).then(() => isOver = true);
  let sent = 0;
  while (!isOver && sent < bytes.length) {
    await connection.write(bytes.subarray(sent, sent + 1)).catch(() => {});
    sent++;
    await pause(DRIP_MS);
  }
  await end;
  return sent;
}

/** Passes for a node of the cluster, then sends what no node sends, and waits for the end. */
export async function impersonate(
  port: number,
  nodes: { readonly from: number; readonly to: number; readonly count: number },
  garbage: Uint8Array,
): Promise<void> {
  using connection = await Deno.connect({ hostname: "127.0.0.1", port });
  const identity = { cluster: CLUSTER_NAME, node: nodes.from, nodes: nodes.count, boot: 1 };
  const handshake = new DialerHandshake(identity, nodes.to);
  await writeAll(connection, handshake.hello);
  let step: HandshakeStep | undefined;
  const parser = new FrameParser(FRAME_BYTES_MAX, (frame) => step = handshake.receive(frame));
  const buffer = new Uint8Array(1_024);
  while (step === undefined) {
    const count = await connection.read(buffer);
    if (count === null) throw new Error("The node hung up during the handshake");
    parser.push(buffer.slice(0, count));
  }
  if (step.type !== "accepted") throw new Error(`Not accepted: ${JSON.stringify(step)}`);
  await writeAll(connection, garbage);
  await ended(connection);
}

/** Many connections on which nothing is sent. */
export class IdleConnections {
  readonly #output: ReadableStreamDefaultReader<string>;
  readonly #process: Deno.ChildProcess;

  private constructor(process: Deno.ChildProcess) {
    this.#process = process;
    this.#output = process.stdout.pipeThrough(new TextDecoderStream()).getReader();
  }

  /** Opens them all. */
  static async open(port: number, count: number): Promise<IdleConnections> {
    const program = ["run", "--allow-net", IDLE_CONNECTIONS, String(port), String(count)];
    const process = new Deno.Command("sh", {
      args: ["-c", WITH_MANY_FILES, Deno.execPath(), ...program],
      stdout: "piped",
    }).spawn();
    const connections = new IdleConnections(process);
    await connections.#expect(`opened ${count}`);
    return connections;
  }

  /** Waits until the node has ended them all. */
  async ended(): Promise<void> {
    await this.#expect("ended");
    await this.#process.status;
    await this.#output.cancel();
  }

  async #expect(line: string): Promise<void> {
    const { value } = await this.#output.read();
    if (!value?.startsWith(line)) throw new Error(`Instead of "${line}" came "${value}"`);
  }
}

async function writeAll(connection: Deno.TcpConn, bytes: Uint8Array): Promise<void> {
  try {
    for (let at = 0; at < bytes.length;) at += await connection.write(bytes.subarray(at));
  } catch {
    // The node has hung up before it read everything, as it may.
  }
}

async function ended(connection: Deno.TcpConn): Promise<void> {
  const buffer = new Uint8Array(1_024);
  try {
    while (await connection.read(buffer) !== null);
  } catch {
    // Reset: an end, too.
  }
}
