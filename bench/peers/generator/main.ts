/**
 * The process of our own load generator. Takes requests as lines of JSON from its standard input, one after the
 * other, answers each with a line, and ends with its input. Run by `generator.ts`.
 *
 * @module
 */
import { toError } from "../../../actors/errors.ts";
import { print } from "../../../cli/command.ts";
import type { Measured } from "../measurement.ts";
import { BATCH, closedLoop, SLIDING } from "./closed_loop.ts";
import type { GeneratorAnswer, GeneratorRequest } from "./requests.ts";
import { RespConversation } from "./resp.ts";
import { fillResp, fillZookeeper } from "./fill.ts";
import { ZookeeperConversation } from "./zookeeper.ts";

function make(request: GeneratorRequest): Promise<Measured> {
  switch (request.kind) {
    case "resp": {
      const { ports, connections, seconds, pipeline } = request;
      const open = (port: number, index: number) => RespConversation.open(port, request, index);
      return closedLoop({ ports, connections, seconds, inFlight: pipeline, refill: BATCH, open });
    }
    case "zookeeper": {
      const { ports, inFlight, sessions, seconds } = request;
      const connections = Math.min(sessions, inFlight);
      const open = (port: number, index: number) =>
        ZookeeperConversation.open(port, request, index);
      const each = Math.ceil(inFlight / connections);
      return closedLoop({ ports, connections, seconds, inFlight: each, refill: SLIDING, open });
    }
    case "resp fill":
      return fillResp(request);
    case "zookeeper fill":
      return fillZookeeper(request);
  }
}

async function answer(line: string): Promise<GeneratorAnswer> {
  try {
    return { measured: await make(JSON.parse(line)) };
  } catch (error) {
    return { error: toError(error).message };
  }
}

const lines = Deno.stdin.readable.pipeThrough(new TextDecoderStream());
let rest = "";
for await (const text of lines) {
  const whole = (rest + text).split("\n");
  rest = whole.pop()!;
  for (const line of whole) print(`${JSON.stringify(await answer(line))}\n`);
}
