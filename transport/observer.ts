import type { ActorSystem } from "../actors/system.ts";
import { REFUSAL_CODES } from "./handshake.ts";
import { SparingLog } from "./sparing_log.ts";
import { TRANSPORT_TOPIC, type TransportEvent } from "./transport.ts";

/** Codes that are counted by name; a peer of another version may send others. */
const KNOWN_CODES: ReadonlySet<string> = new Set(REFUSAL_CODES);

/** Notes what happens on the links of a node: counts it, logs it sparingly, tells the observers. */
export class LinkObserver {
  readonly #system: ActorSystem;
  readonly #log: SparingLog;
  readonly #refusals = new Map<string, number>();
  #garbage = 0;
  #unidentified = 0;

  constructor(system: ActorSystem) {
    this.#system = system;
    this.#log = new SparingLog(system.environment, "transport");
  }

  /** Handshakes refused, by this node or by peers, under `us/<code>` and `peer/<code>`. */
  get refusals(): ReadonlyMap<string, number> {
    return this.#refusals;
  }

  /** Connections cut for what came over them. */
  get garbage(): number {
    return this.#garbage;
  }

  /** Connections that ended before anybody had identified itself. */
  get unidentified(): number {
    return this.#unidentified;
  }

  /** An outgoing link is up. */
  connected(node: number, boot: number, address: string): void {
    this.#log.write("info", `connected/${node}`, `connected to node ${node} at ${address}`);
    this.#publish({ type: "connected", node, boot });
  }

  /** An outgoing link is down (`wasConnected`), or an attempt has failed. */
  disconnected(node: number, reason: string, wasConnected: boolean): void {
    if (wasConnected) {
      this.#log.write("info", `lost/${node}`, `lost the connection to node ${node}: ${reason}`);
    } else {
      this.#log.write("debug", `failed/${node}`, `cannot connect to node ${node}: ${reason}`);
    }
    this.#publish({ type: "disconnected", node, reason });
  }

  /** A peer that was there is not any more. */
  gone(node: number, address: string): void {
    this.#log.write(
      "info",
      `gone/${node}`,
      `nobody listens any more at ${address}, node ${node}'s`,
    );
    this.#publish({ type: "gone", node });
  }

  /** An incoming link is up. */
  accepted(node: number, boot: number, from: string): void {
    this.#log.write("info", `accepted/${node}`, `accepted node ${node} from ${from}`);
    this.#publish({ type: "accepted", node, boot });
  }

  /** An incoming link is down. */
  closed(node: number, reason: string): void {
    this.#log.write("info", `closed/${node}`, `connection from node ${node} ended: ${reason}`);
    this.#publish({ type: "closed", node, reason });
  }

  /** A handshake was refused, by us or by the peer; `address` is the other side's. */
  refused(by: "us" | "peer", code: string, text: string, address: string): void {
    const key = `${by}/${KNOWN_CODES.has(code) ? code : "other"}`;
    this.#refusals.set(key, (this.#refusals.get(key) ?? 0) + 1);
    const how = by === "us" ? `refused ${address}` : `${address} refused this node`;
    // The text may be a stranger's: quoted, it cannot pass for log lines of our own.
    this.#log.write("warn", `refused/${key}`, `${how} (${key}): ${JSON.stringify(text)}`);
    this.#publish({ type: "refused", by, code, text });
  }

  /** A connection was cut for what came over it. */
  garbageFrom(node: number | undefined, reason: string, address: string): void {
    this.#garbage++;
    const who = node === undefined ? address : `node ${node} at ${address}`;
    this.#log.write("warn", `garbage/${node}`, `disconnected ${who} for what it sent: ${reason}`);
    this.#publish(
      node === undefined ? { type: "garbage", reason } : { type: "garbage", node, reason },
    );
  }

  /** A connection ended before anybody had identified itself on it. */
  unidentifiedEnded(reason: "deadline" | "overflow" | "closed", address: string): void {
    this.#unidentified++;
    const text = `connection from ${address} never identified itself (${reason})`;
    this.#log.write("debug", `unidentified/${reason}`, text);
    this.#publish({ type: "unidentified", reason });
  }

  #publish(detail: TransportEvent): void {
    this.#system.events.publish({
      type: "published",
      actor: "",
      topic: TRANSPORT_TOPIC,
      detail,
    });
  }
}
