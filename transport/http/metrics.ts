/**
 * Prometheus's text format, version 0.0.4.
 *
 * @module
 */
import type { Metric } from "../service.ts";

/** The content type of the text format. */
export const METRICS_TYPE = "text/plain; version=0.0.4; charset=utf-8";

/**
 * Writes samples as Prometheus reads them. Samples of one name are brought together, as the format
 * demands; the help and the type of the first of them count.
 */
export function formatMetrics(metrics: Iterable<Metric>): string {
  const families = new Map<string, Metric[]>();
  for (const metric of metrics) {
    const family = families.get(metric.name);
    if (family === undefined) families.set(metric.name, [metric]);
    else family.push(metric);
  }
  let text = "";
  for (const [name, family] of families) {
    const { help, type } = family[0]!;
    text += `# HELP ${name} ${escapeHelp(help)}\n# TYPE ${name} ${type}\n`;
    for (const metric of family) {
      text += `${name}${formatLabels(metric.labels)} ${formatValue(metric.value)}\n`;
    }
  }
  return text;
}

function formatLabels(labels: Metric["labels"]): string {
  if (labels === undefined) return "";
  const pairs = Object.entries(labels).map(([name, value]) => `${name}="${escapeLabel(value)}"`);
  return pairs.length === 0 ? "" : `{${pairs.join(",")}}`;
}

function formatValue(value: number): string {
  if (value === Infinity) return "+Inf";
  return value === -Infinity ? "-Inf" : String(value);
}

function escapeHelp(text: string): string {
  return text.replaceAll("\\", "\\\\").replaceAll("\n", "\\n");
}

function escapeLabel(text: string): string {
  return escapeHelp(text).replaceAll('"', '\\"');
}
