/**
 * What operators and their tools ask: health, status and figures.
 *
 * @module
 */
import type { Metric, ReadinessCheck } from "../service.ts";
import type { Gateway, Route } from "./gateway.ts";
import { formatMetrics, METRICS_TYPE } from "./metrics.ts";
import { respond, respondJson, TEXT } from "./replies.ts";

/** `/livez`, `/readyz`, `/metrics` and `/v1/status`. */
export function healthRoutes(gateway: Gateway, moreMetrics: () => Iterable<Metric>): Route[] {
  const { service } = gateway;
  return [
    { method: "GET", path: "/livez", handler: () => respond("live\n", 200, TEXT) },
    {
      method: "GET",
      path: "/readyz",
      handler: (asked) => readyz(service.readiness(), isVerbose(asked.raw.url)),
    },
    {
      method: "GET",
      path: "/metrics",
      handler: () =>
        respond(formatMetrics([...service.metrics(), ...moreMetrics()]), 200, METRICS_TYPE),
    },
    { method: "GET", path: "/v1/status", handler: () => respondJson(service.status()) },
  ];
}

/** Tolerant, unlike the other routes: a probe must not fail for a parameter that means nothing. */
function isVerbose(url: string): boolean {
  const mark = url.indexOf("?");
  return mark >= 0 && new URLSearchParams(url.slice(mark)).has("verbose");
}

function readyz(checks: readonly ReadinessCheck[], verbose: boolean): Response {
  const ready = checks.every((check) => check.ok);
  const verdict = ready ? "ready\n" : "not ready\n";
  const lines = verbose ? checks.map(formatCheck).join("") : "";
  return respond(lines + verdict, ready ? 200 : 503, TEXT);
}

function formatCheck({ name, ok, detail }: ReadinessCheck): string {
  return `[${ok ? "+" : "-"}] ${name}: ${detail}\n`;
}
