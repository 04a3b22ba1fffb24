import { fold } from './normalise.ts'

/** Below this there is too little to judge. */
const WORDS_MIN = 4
const FOREIGN_LETTERS_MIN = 12
const VIETNAMESE_SHARE_MIN = 0.25

/**
 * Whether a text may be Vietnamese, with accents, without, or in the shorthand of chats (R3-6). False only when hardly a
 * word has the build of a Vietnamese syllable; short texts pass. A hint for showing guidance, never a reason to refuse.
 */
export function looksVietnamese(text: string): boolean {
  const start = text
    .slice(0, 4_000)
    .split(/\s+/)
    .filter((word) => !/@|:\/\/|www\./.test(word))
    .join(' ')
  const letters = count(start, /\p{L}/gu)
  const latin = count(start, /\p{Script=Latin}/gu)
  if (letters - latin >= FOREIGN_LETTERS_MIN && latin < letters / 2) return false
  if (VIETNAMESE_LETTERS.test(start.normalize('NFC'))) return true
  const words = fold(start)
    .split(' ')
    .filter((word) => /^[a-z]+$/.test(word))
    .map((word) => word.replace(/(.)\1{2,}/g, '$1'))
  const telling = words.filter((word) => !SHARED_WITH_ENGLISH.has(word))
  if (words.length < WORDS_MIN) return true
  const vietnamese = telling.filter((word) => SYLLABLE.test(word) || SHORTHAND.has(word)).length
  return vietnamese >= Math.max(1, telling.length * VIETNAMESE_SHARE_MIN)
}

function count(text: string, pattern: RegExp): number {
  return text.match(pattern)?.length ?? 0
}

// Letters that only Vietnamese puts together, three times at least: a foreign text may hold one Vietnamese name.
const VIETNAMESE_LETTERS =
  /(?:[ăắằẳẵặấầẩẫậđẻẽẹếềểễệỉịỏọốồổỗộơớờởỡợủụưứừửữựỷỵ][^ăắằẳẵặấầẩẫậđẻẽẹếềểễệỉịỏọốồổỗộơớờởỡợủụưứừửữựỷỵ]{0,40}){3}/iu

const INITIALS = '(?:b|ch?|d|gh?|gi|h|kh?|l|m|n|ngh?|nh|ph?|qu|r|s|th?|tr|v|x)?'
const RIMES = [
  'a|ac|ach|ai|am|an|ang|anh|ao|ap|at|au|ay',
  'e|ec|ech|em|en|eng|enh|eo|ep|et|eu',
  'i|ia|ich|iec|iem|ien|ieng|iep|iet|ieu|im|in|inh|ip|it|iu',
  'o|oa|oac|oach|oai|oam|oan|oang|oanh|oao|oap|oat|oay|oc|oe|oen|oeo|oet|oi|om|on|ong|ooc|oong|op|ot',
  'u|ua|uan|uang|uat|uay|uc|ue|uech|uenh|ui|um|un|ung|uo|uoc|uoi|uom|uon|uong|uop|uot|uou|up|ut|uu|uy|uya|uych|uyen|uyet|uynh|uyt|uyu',
  'y|yem|yen|yeng|yet|yeu',
].join('|')
const SYLLABLE = new RegExp(`^${INITIALS}(?:${RIMES})$`)

/** Syllables that a text in English or another language holds as well; they say nothing. */
const SHARED_WITH_ENGLISH: ReadonlySet<string> = new Set(
  'a|an|am|at|be|by|ban|bat|can|chat|che|con|come|da|de|den|di|did|do|du|em|en|et|go|he|her|hi|hen|hot|i|im|in|it|la|lo|let|lot|ma|man|may|me|mi|my|men|met|mo|ne|no|not|nu|on|or|ou|pa|pay|per|que|qui|ray|run|say|se|she|so|su|sun|ta|te|tell|ten|than|that|the|them|then|thin|ti|to|tu|um|un|up|us|ve|van|vi|we|y|yen|you|yet|has|bus|but|cam|hat|map|nap|pet|pin|put|ran|sat|see|sit|tan|tap|top|too|xe'.split(
    '|',
  ),
)

/** How Vietnamese is shortened in chats. */
const SHORTHAND: ReadonlySet<string> = new Set(
  'k|ko|kg|khg|hok|hong|dc|dk|đc|vs|ntn|mk|mn|mng|bn|ns|bt|bik|trc|vx|cx|nx|nhg|nhug|ng|ngta|r|j|z|zay|ak|ah|uh|oke|sdt|hs|gcn|qsdd|cccd|cmnd|ubnd|tp|gd|cty|tthc|bhyt|bhxh|vb|kq|tks|dt|sn|lm|chx|thik|wa|iu'.split(
    '|',
  ),
)
