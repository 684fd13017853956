/** Where a node listens: a host and a port. */
export interface Address {
  /** A host name or IP address, IPv6 without its brackets. */
  readonly host: string;
  /** A TCP port from 1 to 65535; 0 to listen on any that is free. */
  readonly port: number;
}

/** An address as it is written: `127.0.0.1:7200`, `[::1]:7200`. */
export function formatAddress({ host, port }: Address): string {
  return host.includes(":") ? `[${host}]:${port}` : `${host}:${port}`;
}

const IPV4_LOOPBACK = /^127(?:\.\d{1,3}){3}$/;

/** Whether a host, IPv6 with or without brackets, is this machine alone: `localhost`, 127.0.0.0/8 or `::1`. */
export function isLoopback(host: string): boolean {
  const name = host.toLowerCase();
  return name === "localhost" || name === "::1" || name === "[::1]" || IPV4_LOOPBACK.test(name);
}
