/**
 * Opens many connections to a port, sends nothing, and waits until the other side has ended them all: a
 * process of its own, so that the files it needs are not the tests'.
 */
const [port, count] = Deno.args.map(Number);
/** Attempts at a time, so that the queue of the listener is not the bottleneck. */
const ATTEMPTS_MAX = 100;

const open: Deno.TcpConn[] = [];
let left = count!;

async function openSome(): Promise<void> {
  while (left-- > 0) open.push(await Deno.connect({ hostname: "127.0.0.1", port: port! }));
}

async function ended(connection: Deno.TcpConn): Promise<void> {
  const buffer = new Uint8Array(1);
  while (await connection.read(buffer).catch(() => null) !== null);
  connection.close();
}

await Promise.all(Array.from({ length: ATTEMPTS_MAX }, openSome));
console.log(`opened ${open.length}`);
await Promise.all(open.map(ended));
console.log(`ended ${open.length}`);
