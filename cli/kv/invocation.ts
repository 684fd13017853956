import { type CallOptions, KvClient, type KvClientOptions, type WriteOptions } from "../client.ts";
import type { Consistency } from "../../transport/service.ts";
import { DEFAULT_ENDPOINTS, parseEndpoints } from "../client/endpoints.ts";
import type { GossipClientOptions } from "../client/gossip_client.ts";
import { protocolOf } from "../client/nodes.ts";
import { formatJson } from "../output.ts";
import { parseDuration, parseInteger } from "./values.ts";
import { UsageError } from "./exit.ts";
import type { Io } from "./io.ts";
import type { CommandLine } from "./parse.ts";
import { ENDPOINTS_VARIABLE, type Verb } from "./table.ts";

/** How long a command tries unless `--timeout` says otherwise, in milliseconds. */
const TIMEOUT_MS = 5_000;
/** How long a node may take to say which protocol it runs, in milliseconds. */
const PROTOCOL_MS = 2_000;

/** One run of a verb: what it was given, and the means to do it. */
export class Invocation {
  readonly io: Io;
  /** Every verb that there is. */
  readonly verbs: readonly Verb[];
  /** The verb as it was written. */
  readonly path: string;
  readonly arguments: readonly string[];
  readonly #flags: ReadonlyMap<string, string | boolean>;
  #protocol: Promise<string | undefined> | undefined;

  constructor(line: CommandLine, verbs: readonly Verb[], io: Io) {
    this.io = io;
    this.verbs = verbs;
    this.path = line.path;
    this.arguments = line.arguments;
    this.#flags = line.flags;
  }

  /** The value of a flag. */
  text(flag: string): string | undefined {
    const value = this.#flags.get(flag);
    return typeof value === "string" ? value : undefined;
  }

  /** Whether a switch is on. */
  is(flag: string): boolean {
    return this.#flags.get(flag) === true;
  }

  /** @throws {UsageError} if the flag is given and no integer of at least `min`. */
  integer(flag: string, min = 0): number | undefined {
    const text = this.text(flag);
    return text === undefined ? undefined : parseInteger(text, `--${flag}`, min, this.path);
  }

  /** In milliseconds. @throws {UsageError} if the flag is given and no duration. */
  duration(flag: string): number | undefined {
    const text = this.text(flag);
    return text === undefined ? undefined : parseDuration(text, `--${flag}`, this.path);
  }

  /** The format asked for, `undefined` if none was. */
  get output(): "table" | "json" | undefined {
    if (this.is("json")) return "json";
    return this.text("output") as "table" | "json" | undefined;
  }

  /** What every call of the client is given. */
  get calls(): CallOptions & { readonly signal: AbortSignal } {
    return { signal: this.io.interrupted };
  }

  /** What every write is given: the ids to repeat a request with, if there are some. */
  get writes(): WriteOptions {
    const clientId = this.integer("client-id");
    const requestNumber = this.integer("request-number", 1);
    if (clientId !== undefined && requestNumber !== undefined) {
      return { ...this.calls, id: { clientId, requestNumber } };
    }
    if (clientId === undefined && requestNumber === undefined) return this.calls;
    const missing = clientId === undefined ? "--client-id" : "--request-number";
    throw new UsageError(
      `Flags --client-id and --request-number go together: ${missing} is missing`,
      this.path,
    );
  }

  /**
   * A client of all nodes, whatever `--node` says.
   *
   * @throws {UsageError} for flags that make no sense.
   */
  clusterClient(): KvClient {
    return new KvClient(this.#options({}));
  }

  /** A client of the node that `--node` names, or else of all. */
  async client(): Promise<KvClient> {
    return new KvClient(await this.clientOptions());
  }

  /** The options of such a client. */
  async clientOptions(): Promise<KvClientOptions> {
    const node = this.integer("node");
    if (node === undefined) return this.#options({});
    const endpoint = await this.clusterClient().locate(node, this.calls);
    return this.#options({ endpoints: endpoint, preferPrimary: false });
  }

  /**
   * The protocol that the cluster runs, as the first node says that answers; `undefined` if none does.
   *
   * @throws {TroupeError} `bad_endpoint`.
   */
  protocol(): Promise<string | undefined> {
    return this.#protocol ??= protocolOf(parseEndpoints(this.#endpoints ?? DEFAULT_ENDPOINTS), {
      fetch: this.io.fetch,
      timeoutMs: Math.min(PROTOCOL_MS, this.duration("timeout") ?? TIMEOUT_MS),
      signal: this.io.interrupted,
    });
  }

  /** The options of a client of the gossip node that `--node` names, or else of all. */
  async gossipOptions(options: { everywhere?: boolean } = {}): Promise<GossipClientOptions> {
    const endpoints = this.#endpoints;
    const common = {
      timeoutMs: this.duration("timeout") ?? TIMEOUT_MS,
      fetch: this.io.fetch,
      ...(endpoints === undefined ? {} : { endpoints }),
    };
    const node = this.integer("node");
    if (node === undefined || options.everywhere) return common;
    return { ...common, endpoints: await new KvClient(common).locate(node, this.calls) };
  }

  get #endpoints(): string | undefined {
    return this.text("endpoints") ?? this.io.env(ENDPOINTS_VARIABLE);
  }

  #options(options: KvClientOptions): KvClientOptions {
    const endpoints = this.#endpoints;
    return {
      timeoutMs: this.duration("timeout") ?? TIMEOUT_MS,
      fetch: this.io.fetch,
      ...this.#freshness(),
      ...(endpoints === undefined ? {} : { endpoints }),
      ...options,
    };
  }

  /** How fresh reads must be. */
  #freshness(): Pick<KvClientOptions, "consistency" | "maxAgeMs" | "maxVersions"> {
    // The parser lets no other word through.
    const consistency = this.text("consistency") as Consistency | undefined;
    const maxAgeMs = this.integer("max-age-ms");
    const maxVersions = this.integer("max-versions");
    const isBounded = maxAgeMs !== undefined || maxVersions !== undefined;
    if (isBounded !== (consistency === "bounded")) {
      const what = isBounded
        ? "Flags --max-age-ms and --max-versions go with --consistency bounded only"
        : "Consistency bounded takes --max-age-ms, --max-versions, or both";
      throw new UsageError(what, this.path);
    }
    return {
      ...(consistency === undefined ? {} : { consistency }),
      ...(maxAgeMs === undefined ? {} : { maxAgeMs }),
      ...(maxVersions === undefined ? {} : { maxVersions }),
    };
  }

  /** Writes to stdout. */
  print(data: string | Uint8Array): Promise<void> {
    return this.io.stdout.write(data);
  }

  /** Writes one JSON document to stdout if JSON was asked for, else a line of text. */
  answer(json: unknown, text: string): Promise<void> {
    return this.print(this.output === "json" ? formatJson(json) : `${text}\n`);
  }
}
