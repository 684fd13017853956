import type { Generator } from "./generator/generator.ts";
import type { Space } from "./load.ts";

/** How it is measured. */
export interface Method {
  readonly space: Space;
  readonly rounds: number;
  readonly seconds: number;
  readonly warmUp: number;
  readonly spread: boolean;
  /** Where data is kept. */
  readonly directory: string;
  readonly generator: Generator;
  readonly signal: AbortSignal;
  readonly progress: (line: string) => void;
}
