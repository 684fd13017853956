import { assertEquals, assertMatch } from "@std/assert";
import { type Socket, type SocketHandlers, Sockets } from "../../transport/socket.ts";
import { virtualNode } from "./support.ts";
import { eventually, noNet } from "./tcp_support.ts";

/** Handlers that note what they are told. */
function notes() {
  const told: string[] = [];
  const handlers: SocketHandlers = {
    opened: () => told.push("opened"),
    received: (chunk) => told.push(`received ${chunk.length}`),
    closed: (reason, isRefused) => told.push(`closed${isRefused ? ", refused" : ""}: ${reason}`),
  };
  return { told, handlers };
}

Deno.test({
  name: "Sockets.dial() tells once, and by name, why there is no connection",
  ignore: noNet,
  fn: async () => {
    const { environment } = virtualNode(0);
    const sockets = new Sockets(environment);
    // A port that was free a moment ago, and that nobody listens on.
    const listener = Deno.listen({ hostname: "127.0.0.1", port: 0 });
    const { port } = listener.addr;
    listener.close();
    const refused = notes();
    sockets.dial({ host: "127.0.0.1", port }, refused.handlers);
    const nameless = notes();
    sockets.dial({ host: "no such host", port }, nameless.handlers);
    await sockets.close();
    assertEquals([refused.told.length, nameless.told.length], [1, 1]);
    assertMatch(refused.told[0]!, /^closed, refused: ConnectionRefused: /);
    assertMatch(nameless.told[0]!, /^closed: /);
  },
});

Deno.test({
  name: "Sockets call no handler of a socket that its owner has closed",
  ignore: noNet,
  fn: async () => {
    const { environment } = virtualNode(0);
    const sockets = new Sockets(environment);
    const accepted: Socket[] = [];
    const incoming = notes();
    const address = sockets.listen({ host: "127.0.0.1", port: 0 }, (socket) => {
      accepted.push(socket);
      return incoming.handlers;
    });
    const givenUp = notes();
    sockets.dial(address, givenUp.handlers).close();
    const kept = notes();
    const socket = sockets.dial(address, kept.handlers);
    await eventually(() => kept.told.length === 1, "it opens");
    socket.write(new Uint8Array(5_000), () => {
      kept.told.push("written");
      socket.close();
      socket.write(new Uint8Array(1), () => kept.told.push("written again"));
    });
    await eventually(() => incoming.told.at(-1)?.startsWith("closed") === true, "it closes");
    for (const each of accepted) each.close();
    await sockets.close();
    assertEquals([givenUp.told, kept.told], [[], ["opened", "written"]]);
    const bytes = incoming.told.filter((each) => each.startsWith("received"))
      .reduce((sum, each) => sum + Number(each.slice(9)), 0);
    assertEquals(bytes, 5_000);
  },
});

Deno.test({
  name: "Sockets log a handler that throws, close its connection, and go on",
  ignore: noNet,
  fn: async () => {
    const { environment, log } = virtualNode(0);
    const sockets = new Sockets(environment);
    const incoming = notes();
    const address = sockets.listen({ host: "127.0.0.1", port: 0 }, () => ({
      ...incoming.handlers,
      received: () => {
        throw new RangeError("a defect");
      },
    }));
    const dialled = notes();
    const socket = sockets.dial(address, {
      ...dialled.handlers,
      opened: () => socket.write(new Uint8Array(1), () => {}),
      closed: () => {
        dialled.told.push("closed");
        throw new RangeError("another");
      },
    });
    await eventually(() => dialled.told.length > 0, "the connection ends");
    await sockets.close();
    assertEquals(incoming.told, ["closed: RangeError: a defect"]);
    assertEquals(log.map(({ text }) => text), ["a handler failed: RangeError: another"]);
  },
});
