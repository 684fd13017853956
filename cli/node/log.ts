import type { LogLevel } from "../../actors/actor.ts";
import { LOG_LEVELS } from "../config/types/cluster.ts";

/** Takes the log lines of a node. */
export type LogSink = (level: LogLevel, source: string, text: string) => void;

/** Writes lines of at least a level to standard error: time, level, source, text. */
export function consoleLog(least: LogLevel): LogSink {
  const from = LOG_LEVELS.indexOf(least);
  return (level, source, text) => {
    if (LOG_LEVELS.indexOf(level) < from) return;
    const time = new Date().toISOString().slice(11, 23);
    console.error(`${time} ${level.padEnd(5)} ${source}: ${text}`);
  };
}
