/**
 * Stands in for cli/node.ts: says who it is, and ends when it is told to or when whoever started it
 * is gone. Its arguments are its index and words that change how it behaves.
 */
const [index, ...words] = Deno.args;
const says = (name: string) => words.includes(name);

if (says("misconfigured")) {
  console.error("cannot use this");
  Deno.exit(2);
}

/** A connection that ends with this process: how a test learns of its end. */
const beacon = words.find((word) => word.startsWith("beacon="))?.slice("beacon=".length);
if (beacon !== undefined) await Deno.connect({ port: Number(beacon), hostname: "127.0.0.1" });

Deno.addSignalListener("SIGTERM", () => {
  console.log("asked to stop");
  if (!says("stubborn")) Deno.exit(0);
});
console.error(`to stderr from ${index}`);
console.log(`up ${Deno.pid}`);
if (says("failing")) Deno.exit(3);

for await (const _ of Deno.stdin.readable);
console.log("parent gone");
Deno.exit(0);
