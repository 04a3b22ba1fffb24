import type { Officer } from '../../cases/case.ts'
import { type MoveCaseDeps, moveCase } from '../move-case.ts'
import type { ReadCases } from '../read-cases.ts'
import type { Say } from './words.ts'

/** Those who wait for a person in the chat. */
export type Waiting = {
  /** Tells the chat of this citizen that an officer has answered; once for each `key`, and nothing where nobody waits. */
  answered(citizenKey: string, key: string, now: number): Promise<boolean>
}

export type ReplyToSenderDeps = MoveCaseDeps & { reads: Pick<ReadCases, 'judge'>; waiting: Waiting }

/**
 * Writes to the sender of a case as the act `messageCitizen` does: with its rights, its line of history, and the proof or the
 * work item of its notice. Whoever waits for a person in the chat has been answered then. `key` names the message in which it
 * was asked: with the same one nothing is sent again.
 */
export function createReplyToSender(deps: ReplyToSenderDeps) {
  return async (
    officer: Officer,
    asked: { code: string; text: string; key: string },
    now: number,
    say: Say,
  ): Promise<string> => {
    const { code, text, key } = asked
    const { current } = await deps.reads.judge(officer, code)
    if (text === '') return say('officerChat.noText', { code })
    const input = { act: 'messageCitizen', text }
    const next = await moveCase(deps, officer, { code, input, version: current.version, idempotencyKey: key }, now)
    if (next.citizenKey === null) return say('officerChat.repliedOtherwise', { code })
    await deps.waiting.answered(next.citizenKey, key, now)
    return say('officerChat.replied', { code })
  }
}
