import { HttpConnection } from "../../cli/bench/http_connection.ts";
import { keyOf, VALUE_BYTES } from "./resp_load.ts";

/** etcd takes no more operations in one transaction by default. */
const PUTS = 128;
const CONNECTIONS = 16;
const CONNECT_MS = 5_000;
const VALUE = btoa("v".repeat(VALUE_BYTES));

/** Writes keys in transactions of as many puts as etcd takes, several at a time. */
export async function loadEtcd(url: string, from: number, count: number): Promise<void> {
  const { hostname, port, host } = new URL(url);
  let next = from;
  const run = async () => {
    const signal = AbortSignal.timeout(CONNECT_MS);
    const connection = await HttpConnection.open(hostname, Number(port), signal);
    try {
      while (next < from + count) {
        const first = next;
        const size = Math.min(PUTS, from + count - first);
        next += size;
        const body = transaction(first, size);
        const { status } = await connection.exchange(
          `POST /v3/kv/txn HTTP/1.1\r\nHost: ${host}\r\nContent-Length: ${body.length}\r\n\r\n${body}`,
          null,
        );
        if (status !== 200) {
          throw new Error(`Cannot write to etcd: a transaction was answered with ${status}`);
        }
      }
    } finally {
      connection.close();
    }
  };
  await Promise.all(Array.from({ length: CONNECTIONS }, run));
}

/** The body of a transaction that puts some keys, one number after the other. */
export function transaction(first: number, size: number): string {
  const puts = Array.from(
    { length: size },
    (_, index) => `{"requestPut":{"key":"${btoa(keyOf(first + index))}","value":"${VALUE}"}}`,
  );
  return `{"success":[${puts.join(",")}]}`;
}
