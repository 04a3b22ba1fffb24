import type { Turn } from './turn-state.ts'

/**
 * Somebody goes on talking after an officer has answered who does not read this chat: they wait for a person again, and the
 * Office hears of it. Nothing where the chat is in the hand of staff, or they wait already.
 */
export function waitAgain(turn: Turn): void {
  const { conversation, engine, effects } = turn
  if (conversation.handoff?.state !== 'answered') return
  conversation.handoff = { state: 'requested', since: engine.now }
  effects.push({ type: 'handoff', state: 'requested' })
}
