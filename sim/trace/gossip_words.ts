/**
 * What clients of a gossip cluster ask, in words.
 *
 * @module
 */
import type { ClientOperation, GossipAsk } from "../../protocols/gossip/client_messages.ts";
import { short } from "./words.ts";

const decoder = new TextDecoder();

/** A question: what is to be done to which key, and at which level. */
export function askWords(ask: GossipAsk): string {
  switch (ask.type) {
    case "write":
      return `${operationWords(ask.key, ask.operation)} (${ask.level})`;
    case "read":
      return `READ ${ask.key} (${ask.level})`;
    case "scan":
      return `SCAN ${ask.prefix}`;
    case "remove":
      return `REMOVE node ${ask.node}`;
    case "leave":
      return "LEAVE";
  }
}

function operationWords(key: string, operation: ClientOperation): string {
  switch (operation.type) {
    case "put":
      return `PUT ${key}=${short(decoder.decode(operation.value))}`;
    case "increment":
      return `INCREMENT ${key} by ${operation.by}`;
    case "add":
    case "remove":
      return `${operation.type.toUpperCase()} ${key} ${short(decoder.decode(operation.element))}`;
    case "delete":
      return `DELETE ${key}`;
  }
}
