/** How long a node may take to answer, in milliseconds. */
const ANSWER_MS = 60_000;

/**
 * Sends one command on a connection of its own, and returns the answer: a line with its first character, or the
 * text of a bulk string; `null` if there is none.
 */
export async function respCommand(port: number, ...words: string[]): Promise<string | null> {
  return (await respCommands(port, [words]))?.[0] ?? null;
}

/** Sends commands on a connection of their own, and returns their answers; `null` if there are none. */
export async function respCommands(
  port: number,
  commands: readonly (readonly string[])[],
): Promise<readonly (string | null)[] | null> {
  try {
    using connection = await Deno.connect({ hostname: "127.0.0.1", port });
    const timer = setTimeout(() => connection.close(), ANSWER_MS);
    try {
      const answers: (string | null)[] = [];
      for (const words of commands) {
        await connection.write(encodeCommand(words));
        answers.push(await readAnswer(connection));
      }
      return answers;
    } finally {
      clearTimeout(timer);
    }
  } catch {
    return null; // It does not listen yet, or not any more.
  }
}

/** A command as RESP has it. */
export function encodeCommand(words: readonly string[]): Uint8Array<ArrayBuffer> {
  const encoder = new TextEncoder();
  const bulk = words.map((word) => `$${encoder.encode(word).length}\r\n${word}\r\n`);
  return encoder.encode(`*${words.length}\r\n${bulk.join("")}`);
}

async function readAnswer(connection: Deno.Conn): Promise<string | null> {
  const decoder = new TextDecoder();
  const chunk = new Uint8Array(16 * 1024);
  let text = "";
  while (true) {
    const answer = parseAnswer(text);
    if (answer !== undefined) return answer;
    const count = await connection.read(chunk);
    if (count === null) return null;
    text += decoder.decode(chunk.subarray(0, count), { stream: true });
  }
}

/** The answer if it is whole; of ASCII text, whose characters are bytes. */
export function parseAnswer(text: string): string | null | undefined {
  const end = text.indexOf("\r\n");
  if (end < 0) return undefined;
  const line = text.slice(0, end);
  if (!line.startsWith("$")) return line;
  const length = Number(line.slice(1));
  if (length < 0) return null;
  const body = text.slice(end + 2);
  return body.length < length + 2 ? undefined : body.slice(0, length);
}
