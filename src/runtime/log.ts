// Logging: pino underneath, as JSON lines or as text for people.

import pino from "pino";

export type LogLevel = "debug" | "info" | "warn" | "error";
export const logLevels: readonly LogLevel[] = ["debug", "info", "warn", "error"];
export type LogFormat = "text" | "json";

/** Writes one line per call; `fields` stand beside the message. */
export interface Logger {
  debug(message: string, fields?: Record<string, unknown>): void;
  info(message: string, fields?: Record<string, unknown>): void;
  warn(message: string, fields?: Record<string, unknown>): void;
  error(message: string, fields?: Record<string, unknown>): void;
  /** A logger whose lines all carry these fields. */
  with(fields: Record<string, unknown>): Logger;
}

/** A logger that writes to standard error. Text output loads its formatter when first used. */
export async function createLogger(level: LogLevel, format: LogFormat): Promise<Logger> {
  const options: pino.LoggerOptions = { level, base: null, timestamp: pino.stdTimeFunctions.isoTime };
  if (format === "json") {
    return wrap(pino({ ...options, formatters: { level: (label) => ({ level: label }) } }, pino.destination(2)));
  }
  const { default: pretty } = await import("pino-pretty");
  const stream = pretty({ colorize: process.stderr.isTTY, destination: 2, sync: true, singleLine: true });
  return wrap(pino(options, stream));
}

function wrap(logger: pino.Logger): Logger {
  return {
    debug: (message, fields) => logger.debug(fields ?? {}, message),
    info: (message, fields) => logger.info(fields ?? {}, message),
    warn: (message, fields) => logger.warn(fields ?? {}, message),
    error: (message, fields) => logger.error(fields ?? {}, message),
    with: (fields) => wrap(logger.child(fields)),
  };
}

/** Writes nothing; for tests and libraries. */
export const silentLogger: Logger = {
  debug() {},
  info() {},
  warn() {},
  error() {},
  with: () => silentLogger,
};
