/** How long a node may take to answer a question about itself, in milliseconds. */
const ANSWER_MS = 2_000;

/** An answer of a node. */
export interface Answer {
  readonly ok: boolean;
  readonly text: string;
}

/** Asks a node something; `null` if it does not answer. */
export async function ask(url: string, init: RequestInit = {}): Promise<Answer | null> {
  const abort = new AbortController();
  const timer = setTimeout(() => abort.abort(), ANSWER_MS);
  try {
    const response = await fetch(url, { ...init, signal: abort.signal });
    return { ok: response.ok, text: await response.text() };
  } catch {
    return null; // It does not listen yet, or not any more.
  } finally {
    clearTimeout(timer);
  }
}
