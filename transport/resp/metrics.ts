import type { Metric } from "../service.ts";
import type { ServerFigures } from "./command.ts";

/** Figures of the server, for Prometheus. */
export function respMetrics(figures: ServerFigures, connections: number): Metric[] {
  const counter = (name: string, help: string, value: number): Metric => ({
    ...{ name: `troupe_resp_${name}_total`, help, type: "counter", value },
  });
  return [
    {
      name: "troupe_resp_connections",
      help: "RESP connections open",
      type: "gauge",
      value: connections,
    },
    counter("connections", "RESP connections accepted", figures.connections),
    counter("refused", "RESP connections refused: there were too many", figures.refused),
    counter("commands", "RESP commands executed", figures.commands),
    counter("errors", "RESP commands answered by an error", figures.errors),
    counter("received_bytes", "Bytes received over RESP", figures.received),
    counter("sent_bytes", "Bytes sent over RESP", figures.sent),
  ];
}
