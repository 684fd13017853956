import type { Address } from "../../transport/address.ts";

const HOST_NAME = /^(?=.{1,253}$)[A-Za-z0-9]([A-Za-z0-9_.-]*[A-Za-z0-9])?$/;
const IPV6 = /^[0-9A-Fa-f:.]*:[0-9A-Fa-f:.]*$/;

/** Reads `host:port` or `[ipv6]:port`; a text instead of an address says why it is none. */
export function parseAddress(text: string): Address | string {
  const match = /^(?:\[([^\]]*)\]|([^:]*)):(\d{1,5})$/.exec(text);
  if (match === null) return `Must be "host:port"; is "${text}"`;
  const [, ipv6, name, digits] = match;
  const host = ipv6 ?? name!;
  const valid = ipv6 === undefined ? HOST_NAME.test(host) : IPV6.test(host);
  if (!valid) return `Must be "host:port"; "${host}" is no host name`;
  const port = Number(digits);
  if (port < 1 || port > 65_535) return `Must have a port from 1 to 65535; has ${port}`;
  if (host === "0.0.0.0" || /^[0:]+$/.test(host)) {
    return `Must be an address that others can call; "${host}" means every address of a machine`;
  }
  return { host, port };
}
