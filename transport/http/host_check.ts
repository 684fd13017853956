/**
 * Which host names a server answers to. A web page can make a browser resolve the page's own name to
 * this machine (DNS rebinding) and then talk to a server that trusts whoever can reach it; what
 * gives such a request away is that it names the page's host.
 *
 * @module
 */
import { isLoopback } from "../address.ts";

const IPV4 = /^(?:\d{1,3}\.){3}\d{1,3}$/;

/** Checks what requests name as their host. */
export class HostCheck {
  readonly #names: ReadonlySet<string>;
  readonly #anyAddress: boolean;
  /** Clients name the same host again and again. */
  #accepted = "";

  /**
   * @param bound The name or address that the server is bound to. For a wildcard, `0.0.0.0` or `::`,
   * every literal address is the server's: a page cannot have rebound that.
   * @param names Further names.
   */
  constructor(bound: string, names: readonly string[]) {
    const all = [bound, ...names].map((name) => withoutBrackets(name.toLowerCase()));
    this.#names = new Set(all);
    this.#anyAddress = this.#names.has("0.0.0.0") || this.#names.has("::");
  }

  /** Whether the server answers to `authority`, a host with or without a port. */
  accepts(authority: string): boolean {
    if (authority === this.#accepted) return true;
    const hostname = hostnameOf(authority);
    const known = isLoopback(hostname) || this.#names.has(hostname) ||
      (this.#anyAddress && isAddress(hostname));
    if (known) this.#accepted = authority;
    return known;
  }
}

function hostnameOf(authority: string): string {
  const port = /:\d{0,5}$/.exec(authority);
  const host = port === null ? authority : authority.slice(0, port.index);
  return withoutBrackets(host.toLowerCase());
}

function isAddress(hostname: string): boolean {
  return IPV4.test(hostname) || (hostname.includes(":") && /^[0-9a-f:.]+$/.test(hostname));
}

function withoutBrackets(host: string): string {
  return host.startsWith("[") && host.endsWith("]") ? host.slice(1, -1) : host;
}
