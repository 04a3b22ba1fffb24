import { readLeadingCode } from '../../cases/code.ts'
import { fold, toNfc } from '../../conversation/text/normalise.ts'

/** What an officer wants who types one of the short commands; a code is null where none could be read. */
export type OfficerCommand =
  | { name: 'due' | 'help' }
  | { name: 'see' | 'take'; code: string | null }
  | { name: 'reply'; code: string | null; text: string }
  | { name: 'unknown'; word: string }

/** The words as they are typed, folded: accents and capitals make no difference. The first of each is the one that texts name. */
export const COMMAND_WORDS = {
  due: ['viec', 'due'],
  see: ['xem', 'see'],
  take: ['nhan', 'take'],
  reply: ['tl', 'traloi', 'reply'],
  help: ['giup', 'trogiup', 'help'],
} as const satisfies Record<Exclude<OfficerCommand['name'], 'unknown'>, readonly string[]>

/** The commands as sentences name them. */
export const SHORT_COMMANDS = {
  due: `#${COMMAND_WORDS.due[0]}`,
  see: `#${COMMAND_WORDS.see[0]}`,
  take: `#${COMMAND_WORDS.take[0]}`,
  reply: `#${COMMAND_WORDS.reply[0]}`,
  help: `#${COMMAND_WORDS.help[0]}`,
} as const

type Known = keyof typeof COMMAND_WORDS

/**
 * Reads a short command: # and its word, then what the command needs. Null for everything else, such as a matter that begins
 * with a hashtag: whoever types it tells something as a citizen. Buttons have to be told apart before.
 */
export function readCommand(written: string, options: { prefix: string; nowDay: string }): OfficerCommand | null {
  const text = toNfc(written).trim()
  const [, word = '', rest = ''] = HEAD.exec(text) ?? []
  if (word === '') return null
  const { name, after } = named(word, rest)
  switch (name) {
    case null:
      return isLikeCommand(word, rest, options) ? { name: 'unknown', word: `#${word}` } : null
    case 'due':
    case 'help':
      return after.length <= AFTER_MAX ? { name } : null
    case 'see':
    case 'take':
      return { name, code: readLeadingCode(after, options)?.code ?? null }
    case 'reply': {
      const found = readLeadingCode(after, options)
      return { name, code: found?.code ?? null, text: found?.rest.trim() ?? '' }
    }
    default:
      return name satisfies never
  }
}

/** The word ends where letters end: `#xem20261123.1` is understood. */
const HEAD = /^[#＃]\s*(\p{L}[\p{L}\p{M}]*|\?)(.*)$/su
const WORD_MAX = 12
const AFTER_MAX = 20

const NAMES: ReadonlyMap<string, Known> = new Map(
  Object.entries(COMMAND_WORDS).flatMap(([name, words]) => words.map((word) => [word, name as Known] as const)),
)

/** One word, or two that are one: "trả lời". */
function named(word: string, rest: string): { name: Known | null; after: string } {
  if (word === '?') return { name: 'help', after: cleared(rest) }
  const one = NAMES.get(fold(word))
  if (one !== undefined) return { name: one, after: cleared(rest) }
  const [, second = '', after = ''] = /^\s+([\p{L}\p{M}]+)(.*)$/su.exec(rest) ?? []
  const two = NAMES.get(`${fold(word)}${fold(second)}`)
  return { name: two ?? null, after: two === undefined ? rest : cleared(after) }
}

const cleared = (rest: string) => rest.replace(/^[\s.,;:–-]+/, '')

/** A word alone, or one that is followed by a case code: a slip of the thumb, not a story. */
function isLikeCommand(word: string, rest: string, options: { prefix: string; nowDay: string }): boolean {
  if (word.length > WORD_MAX) return false
  return rest.trim() === '' || readLeadingCode(rest, options) !== null
}
