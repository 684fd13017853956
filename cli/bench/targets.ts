import { TroupeError } from "../../actors/errors.ts";
import type { Fetch } from "../client/exchange.ts";
import { surveyNodes } from "../client/nodes.ts";

/** A node as the load tool calls it. */
export interface Target {
  /** For the `Host` header: `127.0.0.1:7100`. */
  readonly host: string;
  readonly hostname: string;
  readonly port: number;
  /** What goes before a request's path; empty unless the endpoint has a path. */
  readonly basePath: string;
}

/** How the nodes to load are chosen. */
export interface TargetOptions {
  /** Base addresses, `http://host:port`. */
  readonly endpoints: readonly string[];
  /** Whether to send everything to the primary, instead of to all in turn. */
  readonly primary: boolean;
  /** How the nodes are asked who is primary. @default {fetch} */
  readonly fetch?: Fetch;
}

const STATUS_TIMEOUT_MS = 2_000;

/** The nodes that a run loads. */
export class Targets {
  readonly #options: TargetOptions;
  readonly #all: readonly Target[];
  #primary: Target | null = null;
  #search: Promise<void> | null = null;

  /** @throws {TroupeError} `bad_endpoint` if an endpoint is not plain HTTP. */
  constructor(options: TargetOptions) {
    this.#options = options;
    this.#all = options.endpoints.map(toTarget);
  }

  /** Who client `index` should call; every failure that it has had moves it to another node. */
  pick(index: number, failures: number): Target {
    return this.#primary ?? this.#all[(index + failures) % this.#all.length]!;
  }

  /**
   * Finds the primary, if it is to be the target. Callers that come while it is being looked for
   * share the answer; if there is none, the last one known stays.
   */
  async refresh(): Promise<void> {
    if (!this.#options.primary) return;
    this.#search ??= this.#findPrimary().finally(() => this.#search = null);
    await this.#search;
  }

  /** The primary that was found last, `null` if none was. */
  get primary(): Target | null {
    return this.#primary;
  }

  async #findPrimary(): Promise<void> {
    const address = await primaryOf(this.#options.endpoints, this.#options.fetch ?? fetch);
    if (address !== null) this.#primary = toTarget(address);
  }
}

/** The base address of the primary, as the nodes with the newest view see it; `null` if none does. */
export async function primaryOf(
  endpoints: readonly string[],
  ask: Fetch,
): Promise<string | null> {
  const reports = await surveyNodes(endpoints, { fetch: ask, timeoutMs: STATUS_TIMEOUT_MS })
    .catch((error: unknown) => {
      if (error instanceof TroupeError) return [];
      throw error;
    });
  let newest: { view: number; primary: number } | null = null;
  for (const { status } of reports) {
    if (status === null || status.primary === null) continue;
    const { view, primary } = status;
    if (newest === null || view > newest.view) newest = { view, primary };
  }
  const report = newest && reports.find(({ node }) => node === newest.primary);
  return report?.endpoint ?? null;
}

function toTarget(endpoint: string): Target {
  const url = new URL(endpoint);
  if (url.protocol !== "http:") {
    const what = `Cannot load the endpoint "${endpoint}": only plain http is spoken`;
    throw new TroupeError("bad_endpoint", what);
  }
  return {
    host: url.host,
    hostname: url.hostname.replace(/^\[(.*)\]$/, "$1"),
    port: url.port === "" ? 80 : Number(url.port),
    basePath: url.pathname.replace(/\/+$/, ""),
  };
}
