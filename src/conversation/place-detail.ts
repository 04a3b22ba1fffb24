import { hasMarks } from './accents.ts'
import type { Span } from './place-spans.ts'
import type { Word } from './place-words.ts'

const DETAIL_MAX = 200
/** What people put before and after an address without it being part of it. */
const LEADING = new Set(
  'da vang a em toi minh chau con nha o tai dia chi la hien dang song thuong tru tam nay thuoc ubnd va truoc day ho khau gia dinh cu day que goc'.split(
    ' ',
  ),
)
const TRAILING = new Set('a nhe nha cu nay la thuoc o tai ubnd va truoc day viet nam vn oi tinh huyen xa'.split(' '))
/** Unmarked words of an address that can be nothing else, so that "thon 2" is kept as "thôn 2". */
const MARKED: Record<string, string> = {
  thon: 'thôn',
  xom: 'xóm',
  lang: 'làng',
  duong: 'đường',
  hem: 'hẻm',
  khoi: 'khối',
  'to dan pho': 'tổ dân phố',
}

/** What is left of an address without the places in it: house, street, village, as typed, at most 200 characters. */
export function tidyDetail(text: string, words: readonly Word[], places: readonly Span[]): string {
  const runs: Word[][] = []
  let run: Word[] = []
  words.forEach((word, index) => {
    const isPlace = places.some((span) => index >= span.from && index < span.end)
    if (isPlace || word.opensSegment) {
      if (run.length > 0) runs.push(run)
      run = []
    }
    if (!isPlace) run.push(word)
  })
  if (run.length > 0) runs.push(run)
  const isUnmarked = !words.some((word) => hasMarks(word.text))
  const parts = runs.map((run) => trimRun(run)).filter((run) => run.length > 0)
  const detail = parts
    .map((part) => {
      const said = text.slice(part[0]?.start ?? 0, part.at(-1)?.end ?? 0)
      return isUnmarked ? withMarks(said) : said
    })
    .join(', ')
    .replace(/\s+/g, ' ')
  return firstCapital([...detail].slice(0, DETAIL_MAX).join('').trim())
}

function trimRun(run: readonly Word[]): readonly Word[] {
  let from = 0
  let end = run.length
  while (from < end && LEADING.has(run[from]?.folded ?? '')) from++
  while (end > from && TRAILING.has(run[end - 1]?.folded ?? '')) end--
  return run.slice(from, end)
}

function withMarks(said: string): string {
  return said.replace(/^(to dan pho|thon|xom|lang|duong|hem|khoi)(?=\s)/i, (word) => MARKED[word.toLowerCase()] ?? word)
}

function firstCapital(said: string): string {
  const [first = '', ...rest] = said
  return first.toLocaleUpperCase('vi') + rest.join('')
}
