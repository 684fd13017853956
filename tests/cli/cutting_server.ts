/**
 * Serves HTTP on a port of its own choosing, through a relay that can cut a connection: a handler
 * that throws answers nothing, as a node does that dies.
 */
export function serveCutting(
  handler: (request: Request) => Promise<Response>,
): { readonly origin: string; close(): Promise<void> } {
  const cuts = new Map<number, () => void>();
  const server = Deno.serve(
    { port: 0, hostname: "127.0.0.1", onListen() {} },
    async (request, { remoteAddr }) => {
      try {
        return await handler(request);
      } catch {
        cuts.get(remoteAddr.port)?.();
        return new Response();
      }
    },
  );
  const listener = Deno.listen({ port: 0, hostname: "127.0.0.1" });
  const relaying = relay(listener, server.addr.port, cuts);
  return {
    origin: `http://127.0.0.1:${(listener.addr as Deno.NetAddr).port}`,
    async close() {
      listener.close();
      for (const cut of cuts.values()) cut();
      await relaying;
      await server.shutdown();
    },
  };
}

async function relay(
  listener: Deno.Listener,
  port: number,
  cuts: Map<number, () => void>,
): Promise<void> {
  const ends: Promise<unknown>[] = [];
  for await (const near of listener) {
    const far = await Deno.connect({ port, hostname: "127.0.0.1" });
    const cut = () => {
      for (const side of [near, far]) {
        try {
          side.close();
        } catch {
          // Closed already, by the relay itself.
        }
      }
    };
    cuts.set((far.localAddr as Deno.NetAddr).port, cut);
    ends.push(
      near.readable.pipeTo(far.writable).catch(() => {}),
      far.readable.pipeTo(near.writable).catch(() => {}),
    );
  }
  await Promise.all(ends);
}
