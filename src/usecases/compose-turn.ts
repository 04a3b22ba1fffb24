import type { Choice, Effect, Sentence } from '../conversation/effects.ts'
import type { Conversation } from '../conversation/state.ts'
import { fold } from '../conversation/text/normalise.ts'
import type { Button, Locale, OutgoingBody, Texts } from './ports.ts'

/** What a look-up adds to a bubble. A link opens a page; it stands behind all choices, so that it moves no number. */
export type Found = { sentences: Sentence[]; choices: Choice[]; links?: { key: string; url: string }[] }

export type Composed = {
  bodies: OutgoingBody[]
  /** What a number or a typed title means until the next bubble. */
  choices: Conversation['choices'] | null
}

/** One turn, one bubble (conversation.md, manner 1): sentences in order, the question last, its choices as buttons. */
export function composeTurn(
  effects: readonly Effect[],
  found: ReadonlyMap<Effect, Found>,
  texts: Texts,
  locale: Locale,
): Composed {
  const parts: string[] = []
  const choices: Choice[] = []
  const later: Choice[] = []
  const links: Button[] = []
  let asksInfo = false
  for (const effect of effects) {
    const lookedUp = found.get(effect)
    if (lookedUp !== undefined) {
      parts.push(...lookedUp.sentences.map((sentence) => texts.translate(locale, sentence.key, sentence.params)))
      later.push(...lookedUp.choices)
      links.push(...(lookedUp.links ?? []).map(({ key, url }) => ({ title: texts.translate(locale, key), url })))
    } else if (effect.type === 'say') parts.push(texts.translate(locale, effect.key, effect.params))
    else if (effect.type === 'ask') {
      parts.push(texts.translate(locale, effect.key, effect.params))
      choices.push(...effect.choices)
    } else if (effect.type === 'requestInfo') asksInfo = true
  }
  if (parts.length === 0) return { bodies: [], choices: null }
  // Several look-ups in one turn may offer the same way.
  const all = [...choices, ...later].filter(
    (choice, index, list) => list.findIndex(({ payload }) => payload === choice.payload) === index,
  )
  const buttons: Button[] = all.map((choice) => ({ title: titleOf(choice, texts, locale), payload: choice.payload }))
  const bodies: OutgoingBody[] = [{ type: 'text', text: parts.join('\n\n'), buttons: [...buttons, ...links] }]
  if (asksInfo) {
    bodies.push({
      type: 'requestInfo',
      title: texts.translate(locale, 'card.title'),
      subtitle: texts.translate(locale, 'card.subtitle'),
      imageUrl: texts.translate(locale, 'card.imageUrl'),
    })
  }
  return {
    bodies,
    // In the order of the buttons: a choice that the platform writes as a line is numbered by its place among them all.
    choices: all.map((choice, index) => ({
      payload: choice.payload,
      title: fold(buttons[index]?.title ?? ''),
      ...('literal' in choice.title ? { isName: true as const } : {}),
    })),
  }
}

/** What a number or a typed title means behind this bubble; null where it has no buttons of ours. */
export function choicesOf(body: OutgoingBody | undefined): Conversation['choices'] | null {
  if (body?.type !== 'text') return null
  const choices = body.buttons.flatMap((button) =>
    'payload' in button ? [{ payload: button.payload, title: fold(button.title) }] : [],
  )
  return choices.length === 0 ? null : choices
}

function titleOf(choice: Choice, texts: Texts, locale: Locale): string {
  return 'literal' in choice.title
    ? choice.title.literal
    : texts.translate(locale, choice.title.key, choice.title.params)
}
