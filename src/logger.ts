import pino, { type Logger } from 'pino'

export type { Logger }

/**
 * The root logger; each part takes `logger.child({ part: 'inbox' })`. Callers log ids and codes only: what a citizen wrote,
 * names, phones, addresses, tokens and Zalo ids never reach a log call. The redaction below is the second line of defence.
 */
export function createLogger(options: { level: string; destination?: pino.DestinationStream }): Logger {
  return pino(
    {
      level: options.level,
      base: null,
      timestamp: pino.stdTimeFunctions.isoTime,
      formatters: { level: (label) => ({ level: label }) },
      redact: {
        paths: [
          '*.access_token',
          '*.refresh_token',
          '*.phone',
          '*.text',
          '*.name',
          '*.email',
          '*.userId',
          '*.authorization',
        ],
        censor: '[hidden]',
      },
      serializers: {
        // Driver and client errors carry documents and request bodies; only the kind of fault and its place may be logged.
        err: (error: unknown) => describeError(error),
      },
    },
    options.destination ?? pino.destination({ dest: 2, sync: false }),
  )
}

/** The class, code and stack of an error without its free text, which may quote what a citizen wrote. */
export function describeError(error: unknown): { type: string; code?: string; at?: string; cause?: unknown } {
  if (!(error instanceof Error)) return { type: typeof error }
  const code = (error as { code?: unknown }).code
  const frames = (error.stack ?? '').split('\n').filter((line) => /^\s+at /.test(line))
  return {
    type: error.name,
    ...(typeof code === 'string' || typeof code === 'number' ? { code: String(code) } : {}),
    ...(frames.length > 0
      ? {
          at: frames
            .slice(0, 6)
            .map((line) => line.trim())
            .join(' < '),
        }
      : {}),
    ...(error.cause === undefined ? {} : { cause: describeError(error.cause) }),
  }
}
