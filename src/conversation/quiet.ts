import type { EngineContext } from './context.ts'
import { kindOf } from './kinds/kinds.ts'
import type { Received } from './received.ts'
import type { Conversation } from './state.ts'

/** Shorter than this, first words are a greeting or a wish, and are answered at once. */
const MATTER_LENGTH_MIN = 30

/**
 * How long to wait for more before the turn begins, in milliseconds: only where several messages belong together
 * (content, files of an album); an answer to a question is handled at once.
 */
export function quietBefore(
  stored: unknown,
  events: readonly Received[],
  engine: Omit<EngineContext, 'entropy'>,
): number {
  const last = events.at(-1)
  const { quietMs } = engine.settings
  if (last?.type === 'files') return quietMs
  if (last?.type !== 'text' || last.text.startsWith('#')) return 0
  const form = (stored as Conversation | null | undefined)?.form ?? null
  if (form === null) return opensMatter(last.text, engine) ? quietMs : 0
  const step = engine.flows.forms[form.flow]?.steps.find((one) => one.id === form.step)
  if (step === undefined || form.mode !== 'step' || kindOf(step).gathers !== true) return 0
  return /^\s*\d{1,2}\s*$/.test(last.text) || engine.intents.command(last.text) !== null ? 0 : quietMs
}

function opensMatter(text: string, engine: Omit<EngineContext, 'entropy'>): boolean {
  return (
    text.length >= MATTER_LENGTH_MIN && ['matter', 'informalCharge', 'other'].includes(engine.intents.read(text).intent)
  )
}
