import type { Officer } from '../../cases/case.ts'
import type { Button, OutgoingBody } from '../ports.ts'
import { createListDue, type ListDueDeps } from './list-due.ts'
import { type OfficerCommand, SHORT_COMMANDS as WORDS } from './read-command.ts'
import { createReplyToSender, type ReplyToSenderDeps } from './reply-to-sender.ts'
import { createSeeCase, type SeeCaseDeps } from './see-case.ts'
import { createTakeCase, type TakeCaseDeps } from './take-case.ts'
import { refusalInChat, type Say } from './words.ts'

export type AnswerCommandDeps = ListDueDeps & SeeCaseDeps & TakeCaseDeps & ReplyToSenderDeps

/** `key` names the message in which the command was typed. */
export type AskedCommand = { officer: Officer; command: OfficerCommand; key: string; now: number; say: Say }

/** Does what a short command asks for, and says so; what is refused is said in the words of the API. */
export function createAnswerCommand(deps: AnswerCommandDeps) {
  const listDue = createListDue(deps)
  const seeCase = createSeeCase(deps)
  const takeCase = createTakeCase(deps)
  const replyToSender = createReplyToSender(deps)

  return async (asked: AskedCommand): Promise<OutgoingBody> => {
    const { officer, command, key, now, say } = asked
    switch (command.name) {
      case 'due':
        return text(await listDue(officer, now, say))
      case 'help':
        return text(say('officerChat.help', { ...WORDS, login: officer.login, link: `${deps.publicUrl}/staff` }))
      case 'unknown':
        return text(say('officerChat.unknown', { word: command.word, help: WORDS.help }))
    }
    const { code } = command
    if (code === null) return text(say(`officerChat.noCode.${command.name}`, WORDS))
    try {
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
    } catch (error) {
      const refusal = refusalInChat(error, code, say)
      if (refusal === null) throw error
      return text(refusal)
    }
  }
}

const text = (words: string, buttons: Button[] = []): OutgoingBody => ({ type: 'text', text: words, buttons })
