// The log: one JSON object (or one readable line) an event, without credentials.
import { type Logger, pino } from 'pino'
import type { LogConfig } from '../config/config.ts'
import { redact, redactText } from '../model/redact.ts'

export type Log = Logger

/** `write` takes whole lines. */
export function createLog({ level, format }: LogConfig, write: (line: string) => unknown): Log {
  const destination = {
    write: format === 'json' ? write : (line: string) => write(textLine(line)),
  }
  return pino(
    {
      level,
      base: null,
      timestamp: pino.stdTimeFunctions.isoTime,
      formatters: {
        level: (label) => ({ level: label }),
        log: (fields) => asFields(redact(fields)),
      },
      hooks: {
        logMethod(args, method) {
          const clean = args.map((arg) => (typeof arg === 'string' ? redactText(arg) : arg))
          method.apply(this, clean as Parameters<typeof method>)
        },
      },
    },
    destination,
  )
}

/** For tests and for commands that are quiet. */
export function silentLog(): Log {
  return pino({ level: 'silent' })
}

function asFields(value: unknown): Record<string, unknown> {
  return typeof value === 'object' && value !== null ? { ...value } : {}
}

/** `2026-11-24T10:00:00.000Z info  decided outcome=approved ...` */
function textLine(line: string): string {
  const { time, level, msg, ...fields } = asFields(JSON.parse(line))
  const told = Object.entries(fields).map(([key, value]) => `${key}=${fieldText(value)}`)
  return `${[time, String(level).padEnd(5), msg, ...told].filter((part) => part !== undefined).join(' ')}\n`
}

function fieldText(value: unknown): string {
  if (typeof value === 'string' && /^[\x21-\x7e]+$/.test(value)) return value
  return JSON.stringify(value)
}
