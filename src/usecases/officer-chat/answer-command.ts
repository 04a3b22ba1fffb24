import type { Officer } from '../../cases/case.ts'
import type { Button, OutgoingBody } from '../ports.ts'
import { createListDue, type ListDueDeps } from './list-due.ts'
import { type OfficerCommand, SHORT_COMMANDS as WORDS } from './read-command.ts'
import { createReplyToSender, type ReplyToSenderDeps } from './reply-to-sender.ts'
import { createSeeCase, type SeeCaseDeps } from './see-case.ts'
import { createTakeCase, type TakeCaseDeps } from './take-case.ts'
import { refusalInChat, type Say } from './words.ts'

export type AnswerCommandDeps = ListDueDeps &
  SeeCaseDeps &
  TakeCaseDeps &
  ReplyToSenderDeps & {
    /** `refused` also where the command could not be read. A turn that is run again answers again. */
    onAnswered?(command: OfficerCommand['name'], outcome: 'answered' | 'refused'): void
  }

/** `key` names the message in which the command was typed. */
export type AskedCommand = { officer: Officer; command: OfficerCommand; key: string; now: number; say: Say }

/** Does what a short command asks for, and says so; what is refused is said in the words of the API. */
export function createAnswerCommand(deps: AnswerCommandDeps) {
  const listDue = createListDue(deps)
  const seeCase = createSeeCase(deps)
  const takeCase = createTakeCase(deps)
  const replyToSender = createReplyToSender(deps)

  type OnCase = Extract<OfficerCommand, { code: unknown }>

  async function onCase(
    { officer, key, now, say }: AskedCommand,
    command: OnCase,
    code: string,
  ): Promise<OutgoingBody> {
    switch (command.name) {
      case 'see': {
        const { text: words, mayTake } = await seeCase(officer, code, now, say)
        const take: Button = { title: say('officerChat.takeButton'), payload: `${WORDS.take} ${code}` }
        return text(words, mayTake ? [take] : [])
      }
      case 'take':
        return text(await takeCase(officer, { code, key }, now, say))
      case 'reply':
        return text(await replyToSender(officer, { code, text: command.text, key }, now, say))
      default:
        return command satisfies never
    }
  }

  return async (asked: AskedCommand): Promise<OutgoingBody> => {
    const { officer, command, now, say } = asked
    const answered = (body: OutgoingBody): OutgoingBody => {
      deps.onAnswered?.(command.name, 'answered')
      return body
    }
    const refused = (words: string): OutgoingBody => {
      deps.onAnswered?.(command.name, 'refused')
      return text(words)
    }
    switch (command.name) {
      case 'due':
        return answered(text(await listDue(officer, now, say)))
      case 'help':
        return answered(
          text(say('officerChat.help', { ...WORDS, login: officer.login, link: `${deps.publicUrl}/staff` })),
        )
      case 'unknown':
        return refused(say('officerChat.unknown', { word: command.word, help: WORDS.help }))
    }
    const { code } = command
    if (code === null) return refused(say(`officerChat.noCode.${command.name}`, WORDS))
    try {
      return answered(await onCase(asked, command, code))
    } catch (error) {
      const refusal = refusalInChat(error, code, say)
      if (refusal === null) throw error
      return refused(refusal)
    }
  }
}

const text = (words: string, buttons: Button[] = []): OutgoingBody => ({ type: 'text', text: words, buttons })
