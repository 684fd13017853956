/**
 * Writes `docs/configuration.md` from the comments in `types/` and the defaults and bounds in the
 * `read*.ts`: `deno run -A cli/config/docs.ts`.
 *
 * @module
 */
import { fieldSpecs } from "./read.ts";
import type { FieldSpec } from "./section.ts";

const INTRODUCTION = `# Configuration

A cluster is described by one YAML file, the same for every replica. A node is started with it and
with its own index: \`deno run -A cli/node.ts --config cluster.yaml --index 0\`. All of them are
started on this machine by \`deno task cluster --config cluster.yaml\`. The smallest file is the list
of the replicas:

\`\`\`yaml
replicas_addresses:
  - 127.0.0.1:14621
  - 127.0.0.1:14622
  - 127.0.0.1:14623
\`\`\`

Sizes are bytes, or have a unit: \`64KiB\`, \`1MiB\` (powers of 1024), \`1MB\` (powers of 1000). Durations
are milliseconds, or have a unit: \`500ms\`, \`2s\`, \`1m\`, \`1h\`. A file with errors is refused as a
whole, and every error is reported with its line. This page is generated from the source by
\`cli/config/docs.ts\`.
`;

const LINE_WIDTH = 100;

/** The files of `types/`, that of the whole first: its fields are what the others are sections of. */
const TYPES = ["cluster", "timeouts", "chain", "hermes", "gossip", "limits"];

/** The source of the types of a configuration. */
export function readTypes(): string {
  const read = (name: string) =>
    Deno.readTextFileSync(new URL(`types/${name}.ts`, import.meta.url));
  return TYPES.map(read).join("\n");
}

/** The text of `docs/configuration.md`. */
export function renderDocs(typesSource: string): string {
  const prose = proseByPath(typesSource);
  const sections: string[] = [INTRODUCTION];
  let group = "";
  for (const spec of fieldSpecs()) {
    const dot = spec.path.indexOf(".");
    const newGroup = dot < 0 ? "" : spec.path.slice(0, dot);
    if (newGroup !== "" && newGroup !== group) {
      sections.push(`## ${newGroup}\n\n${wrap(proseOf(prose, newGroup))}\n`);
    }
    group = newGroup;
    const level = dot < 0 ? "##" : "###";
    const text = wrap(proseOf(prose, spec.path));
    sections.push(`${level} ${spec.path}\n\n${wrap(facts(spec))}\n\n${text}\n`);
  }
  return sections.join("\n");
}

function facts({ kind, fallback, range }: FieldSpec): string {
  const bounds = range === undefined ? "" : ` (${range})`;
  const standard = fallback === "required" ? "Required." : `Default: ${code(fallback)}.`;
  return `${kind[0]!.toUpperCase()}${kind.slice(1)}${bounds}. ${standard}`;
}

function code(text: string): string {
  return text.includes(" ") || text === "none" ? text : `\`${text}\``;
}

function proseOf(prose: ReadonlyMap<string, string>, path: string): string {
  const text = prose.get(path);
  if (text === undefined) {
    throw new Error(`Cannot document "${path}": types/ has no comment on it`);
  }
  return text;
}

/** The comment above each property of the interfaces, by the path that it has in a file. */
function proseByPath(source: string): ReadonlyMap<string, string> {
  const prose = new Map<string, string>();
  const sections = new Map<string, string>([["ClusterConfig", ""]]);
  for (const body of source.matchAll(/export interface (\w+) \{\n(.*?)\n\}/gs)) {
    const prefix = sections.get(body[1]!);
    if (prefix === undefined) continue;
    for (const field of body[2]!.matchAll(/\/\*\*(.*?)\*\/\s+readonly (\w+): (\w+);?/gs)) {
      const path = `${prefix}${snakeCase(field[2]!)}`;
      prose.set(path, field[1]!.replaceAll(/\n\s*\* ?/g, "\n").trim().replaceAll(/\s+/g, " "));
      sections.set(field[3]!, `${path}.`);
    }
  }
  return prose;
}

function snakeCase(name: string): string {
  return name.replaceAll(/[A-Z]/g, (letter) => `_${letter.toLowerCase()}`);
}

function wrap(text: string): string {
  const lines = [""];
  for (const word of text.split(/\s+/)) {
    const line = lines.at(-1)!;
    if (line === "") lines[lines.length - 1] = word;
    else if (line.length + 1 + word.length <= LINE_WIDTH) lines[lines.length - 1] += ` ${word}`;
    else lines.push(word);
  }
  return lines.join("\n");
}

if (import.meta.main) {
  Deno.writeTextFileSync(
    new URL("../../docs/configuration.md", import.meta.url),
    renderDocs(readTypes()),
  );
}
