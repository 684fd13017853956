import { hash } from "node:crypto";
import { REAL_CLOCK, sleep } from "../clock.ts";
import { RequestRefused, UnknownOutcome } from "../client/errors.ts";
import { GossipClient, type GossipClientOptions } from "../client/gossip_client.ts";
import type { GossipValue, GossipWriteOptions, GossipWritten } from "../client/gossip_types.ts";
import { decodeText } from "../output.ts";
import type { Change, View } from "./entries.ts";
import type { Done, SharedStore, Sight, StoreCalls, WriteRequest } from "./shared_store.ts";

/** How a gossip cluster is reached. */
export interface GossipStoreOptions
  extends Omit<GossipClientOptions, "endpoints" | "session" | "timeoutMs"> {
  readonly cluster: string;
  readonly endpoints: readonly string[];
  /** How long a call may take, in milliseconds. */
  readonly timeoutMs: number;
}

/** A position: a hash of what the key is (empty if that is not known), and its context. */
interface Position {
  readonly digest: string;
  readonly context: string;
}

const ABSENT: View = { type: "absent" };
/** A longer list of siblings is told apart by its context alone. */
const DIGEST_LENGTH_MAX = 512;
/** Between two attempts of the same request at the same node, in milliseconds. */
const PAUSE_MS = 50;
/** Both at one node: what it says is what it has, durably. */
const LOCAL = { level: "local" } as const;

/**
 * A gossip cluster. It knows the newest request of a client wherever the event of that is known: to be answered
 * from memory for certain, a retry has to go to the node that the first went to. So a merge talks to one node, as
 * long as that answers, and writes at its level `local`: durable there, and mailed to all at once.
 *
 * A position is a hash of what the key is, and its context. Where they differ others have written, as far as that
 * node knows.
 */
export class GossipStore implements SharedStore {
  readonly cluster: string;
  readonly protocol = "gossip";
  readonly #options: GossipStoreOptions;
  /** Whom the merge talks to, the others after it. */
  #places: readonly string[];

  /** Takes the base addresses of nodes. Nothing is sent. */
  constructor(options: GossipStoreOptions) {
    this.cluster = options.cluster;
    this.#options = options;
    this.#places = options.endpoints;
  }

  /** Gossip clusters open no sessions: clients draw their ids, below 2^53. */
  openSession(): Promise<number> {
    const [high, low] = crypto.getRandomValues(new Uint32Array(2));
    return Promise.resolve((high! & 0x1f_ffff) * 2 ** 32 + low!);
  }

  async look(key: string, kind: "value" | "set", calls: StoreCalls): Promise<Sight> {
    let failure: unknown;
    for (const place of this.#places) {
      try {
        const sight = await this.#lookAt(place, key, kind, calls);
        this.#places = [place, ...this.#places.filter((other) => other !== place)];
        return sight;
      } catch (error) {
        if (calls.signal?.aborted || error instanceof RequestRefused) throw error;
        failure = error;
      }
    }
    throw failure;
  }

  isSame(left: string, right: string): boolean {
    const [a, b] = [parse(left), parse(right)];
    return a.digest !== "" && a.digest === b.digest || a.context !== "" && a.context === b.context;
  }

  /** Only keys with siblings, or with a merge function, have contexts. */
  sitsBeside(seen: string): boolean {
    return parse(seen).context !== "";
  }

  async write(request: WriteRequest, calls: StoreCalls): Promise<Done> {
    const { id, change, on, place } = request;
    const seen = on === null ? "" : parse(on).context;
    const options = { ...calls, ...LOCAL, id, ...(seen === "" ? {} : { context: seen }) };
    const { context } = await this.#persist(request, options, this.#clientAt(place));
    switch (change.type) {
      case "put": {
        const view = { type: "value", value: change.value } as const;
        return { seen: position(digestOf(view), context), view };
      }
      case "delete":
        return { seen: position(digestOf(ABSENT), context), view: ABSENT };
      default:
        return { seen: null, view: null };
    }
  }

  /** The same request to the same node, until its outcome is known or the time is over. */
  async #persist(
    { key, change }: WriteRequest,
    options: GossipWriteOptions,
    client: GossipClient,
  ): Promise<GossipWritten> {
    const until = REAL_CLOCK.now() + this.#options.timeoutMs;
    while (true) {
      try {
        return await send(client, key, change, options);
      } catch (error) {
        const isOver = REAL_CLOCK.now() + PAUSE_MS > until || options.signal?.aborted;
        if (!(error instanceof UnknownOutcome) || isOver) throw error;
      }
      await sleep(REAL_CLOCK, PAUSE_MS, options.signal);
    }
  }

  async #lookAt(
    place: string,
    key: string,
    kind: "value" | "set",
    calls: StoreCalls,
  ): Promise<Sight> {
    const client = this.#clientAt(place);
    if (kind === "set") {
      const view = { type: "set", elements: await client.members(key, { ...calls, ...LOCAL }) };
      return { seen: position(digestOf(view as View), null), view: view as View, place };
    }
    const { value, context } = await client.read(key, { ...calls, ...LOCAL });
    const view = viewOf(value);
    // Of several values none is what the key is: whoever began from one of them did not begin from this.
    const digest = value.type === "siblings"
      ? value.values.map(digestOfBytes).join()
      : digestOf(view);
    return { seen: position(digest, context), view, place };
  }

  #clientAt(place: string): GossipClient {
    return new GossipClient({ ...this.#options, endpoints: [place] });
  }
}

function send(
  client: GossipClient,
  key: string,
  change: Change,
  options: GossipWriteOptions,
): Promise<GossipWritten> {
  switch (change.type) {
    case "put":
      return client.put(key, change.value, options);
    case "delete":
      return client.delete(key, options);
    case "increment":
      return client.increment(key, change.by, options);
    case "add":
      return client.add(key, change.element, options);
    case "remove":
      return client.remove(key, change.element, options);
  }
}

function viewOf(value: GossipValue): View {
  switch (value.type) {
    case "counter":
      return { type: "value", value: new TextEncoder().encode(String(value.total)) };
    case "siblings":
      return siblingsView(value.values);
    default:
      return value;
  }
}

/** Shown here as what they are to a reader that cannot decide: all of them, as text if they are text. */
function siblingsView(values: readonly Uint8Array[]): View {
  const shown = values.map((value) => decodeText(value) ?? value.toBase64());
  return { type: "value", value: new TextEncoder().encode(JSON.stringify({ siblings: shown })) };
}

function digestOf(view: View): string {
  if (view.type === "absent") return "absent";
  if (view.type === "value") return digestOfBytes(view.value);
  return `set ${hash("sha256", view.elements.map(digestOfBytes).sort().join())}`;
}

function digestOfBytes(bytes: Uint8Array): string {
  return hash("sha256", bytes);
}

function position(digest: string, context: string | null): string {
  return `${digest.length > DIGEST_LENGTH_MAX ? "" : digest}|${context ?? ""}`;
}

function parse(seen: string): Position {
  const bar = seen.indexOf("|");
  if (bar < 0) return { digest: "", context: "" };
  return { digest: seen.slice(0, bar), context: seen.slice(bar + 1) };
}
