import { leadingPhrase, type Word } from './words.ts'

/** The words without greetings, "cho em hỏi", "tôi xin phản ánh việc" and the "em", "tôi" of the writer in front. */
export function withoutLead(words: readonly Word[]): readonly Word[] {
  let rest = words
  // Each round takes at least one word, so this ends.
  while (rest.length > 0) {
    const covered = rest[0]?.folded === '' ? 1 : leadingPhrase(rest, LEADS, LEAD_WORDS_MAX)
    if (covered === 0) return rest
    rest = rest.slice(covered)
  }
  return rest
}

const LEAD_WORDS_MAX = 7

const WRITERS = ['em', 'toi', 'tui', 'minh', 'chau', 'chung toi', 'chung em', 'chung chau']
const ADDRESSEES =
  '|anh chi|cac anh chi|anh|chi|ad|admin|ban|cac ban|moi nguoi|quy co quan|quy lanh dao|quy anh chi|cac anh|cac chi|ong ba|quy ong ba|co chu|lanh dao|cac cap|bot|tro ly|ca nha'.split(
    '|',
  )
const GREETINGS = 'chao|xin chao|kinh chao|kinh gui|kinh thua|thua|alo|hello|hi|dear'.split('|')
const ASKS = 'cho hoi|hoi|xin hoi|muon hoi|can hoi|xin duoc hoi|muon biet'.split('|')
const REPORTS =
  'phan anh|xin phan anh|muon phan anh|can phan anh|xin duoc phan anh|muon gui phan anh|gui phan anh|xin trinh bay|muon trinh bay|trinh bay|xin co y kien|co y kien|y kien|xin gop y|gop y|muon noi|xin noi|muon neu|xin neu|muon phan anh kien nghi|phan anh kien nghi'.split(
    '|',
  )
const ABOUT =
  '|ve|viec|ve viec|ve van de|van de|la|rang|nhu sau|mot viec|noi dung|noi dung nhu sau|ve noi dung|den anh chi'.split(
    '|',
  )
const VERB_HELPS = '|co|da|dang|moi|vua|cung|thi|la'.split('|')

const LEADS: ReadonlySet<string> = new Set(
  [
    ...GREETINGS.flatMap((greeting) => ADDRESSEES.map((addressee) => `${greeting} ${addressee}`)),
    ...WRITERS.flatMap((who) => ADDRESSEES.map((addressee) => `${who} chao ${addressee}`)),
    ...ADDRESSEES.filter((addressee) => addressee !== '').flatMap((addressee) => [
      `${addressee} oi`,
      `${addressee} cho em hoi`,
      `nho ${addressee}`,
      `mong ${addressee}`,
    ]),
    ...ASKS.flatMap((ask) => ['', ...WRITERS].map((who) => `${who} ${ask}`)),
    ...WRITERS.flatMap((who) => [
      `cho ${who} hoi`,
      `cho ${who} hoi la`,
      `cho ${who} hoi voi`,
      `cho ${who} hoi chut`,
      `lam on cho ${who} hoi`,
      `${who} xin cho hoi`,
    ]),
    ...REPORTS.flatMap((report) =>
      ABOUT.flatMap((about) => ['', ...WRITERS].map((who) => `${who} ${report} ${about}`)),
    ),
    ...WRITERS.flatMap((who) => VERB_HELPS.map((help) => `${who} ${help}`)),
    ...'da|vang|da vang|da a|u|thi|la|rang|a|ah|so la|chuyen la|su viec la|su viec|noi dung|noi dung la|hien nay|hien tai|nhu sau|ve viec|viec|lam on|giup em|giup toi|giup|voi a|cho em hoi|em xin|toi xin'.split(
      '|',
    ),
  ].map((phrase) => phrase.replace(/ +/g, ' ').trim()),
)
