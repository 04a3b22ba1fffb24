import { randomBytes } from 'node:crypto'
import http from 'node:http'
import { FIELDS } from '../../src/cases/words.ts'
import { createRandom } from './random.ts'
import { nameOf, storyOf } from './texts.ts'

export type ToOfficers = { url: string; tokens: Record<string, string>; width: number; ms: number }
export type FromOfficers = { lifecycles: number; seconds: number; requestMs: number[]; faults: string[] }

const CHECKLIST = {
  redacted: true,
  thirdPersonsRemoved: true,
  answerFits: true,
  noAccusation: true,
  attachmentsChosen: true,
}

const random = createRandom(Date.now())

const agent = new http.Agent({ keepAlive: true, maxSockets: 256 })

type Reply = { status: number; text: string }

function send(
  url: string,
  options: { method: 'GET' | 'POST'; headers: Record<string, string>; body?: object },
): Promise<Reply> {
  const body = options.body === undefined ? undefined : JSON.stringify(options.body)
  return new Promise((resolve, reject) => {
    const request = http.request(
      url,
      {
        method: options.method,
        agent,
        headers: {
          ...options.headers,
          ...(body === undefined
            ? {}
            : { 'content-type': 'application/json', 'content-length': Buffer.byteLength(body) }),
        },
      },
      (response) => {
        const parts: Buffer[] = []
        response.on('data', (part: Buffer) => parts.push(part))
        response.on('end', () => resolve({ status: response.statusCode ?? 0, text: Buffer.concat(parts).toString() }))
      },
    )
    request.once('error', reject)
    request.end(body)
  })
}

/** Officers who each take one case through its whole life and then the next one, until the time is over. */
async function work({ url, tokens, width, ms }: ToOfficers): Promise<FromOfficers> {
  const requestMs: number[] = []
  const faults: string[] = []
  const startedAt = performance.now()
  let lifecycles = 0

  async function timed(expected: number, what: string, asking: Promise<Reply>): Promise<string> {
    const at = performance.now()
    const { status, text } = await asking
    requestMs.push(performance.now() - at)
    if (status !== expected) throw new Error(`${what}: ${status} ${text.slice(0, 200)}`)
    return text
  }
  const as = (who: string) => ({ authorization: `Bearer ${tokens[who]}` })

  async function lifecycle(): Promise<void> {
    // No two cases tell the same story, and each is found by a word of its own.
    const word = `w${randomBytes(6).toString('hex')}`
    const field = random.pick(FIELDS)
    const story = storyOf(random, field, 'xã Sa Thầy')
    const { title, answer } = story
    const content = `${story.content} Số giấy hẹn ${word}.`
    const entered = await timed(
      201,
      'enter',
      send(`${url}/api/v1/cases`, {
        method: 'POST',
        headers: as('io'),
        body: {
          channel: 'letter',
          receivedAt: new Date(Date.now() - 60_000).toISOString(),
          submitterType: 'citizen',
          name: nameOf(random),
          phone: `0905${String(random.below(1_000_000)).padStart(6, '0')}`,
          address: 'Thôn 2, xã Sa Thầy, tỉnh Quảng Ngãi',
          title,
          content,
          originalDocNumber: '45/ĐĐN',
        },
      }),
    )
    const { code } = JSON.parse(entered) as { code: string }
    let version = 1
    const act = async (who: string, fields: { act: string }) => {
      const text = await timed(
        200,
        fields.act,
        send(`${url}/api/v1/cases/${code}/acts`, {
          method: 'POST',
          headers: { ...as(who), 'if-match': `"${version}"` },
          body: fields,
        }),
      )
      version = (JSON.parse(text) as { version?: number }).version ?? version + 1
    }
    const forward = {
      contentKind: 'conduct',
      field,
      leadUnitCode: 'QN-C23527',
      note: 'Thuộc thẩm quyền của xã',
    }
    await act('io', { act: 'forward', ...forward } as { act: string })
    await act('coordinator', { act: 'accept', handler: 'handler' } as { act: string })
    await act('handler', { act: 'submitAnswer', answer, form: 'apologised' } as { act: string })
    await act('leader', { act: 'approveAnswer' })
    await act('publisher', { act: 'publish', title, content, answer, checklist: CHECKLIST } as { act: string })
    const visitor = `10.${Math.floor(Math.random() * 250)}.${Math.floor(Math.random() * 250)}.${Math.floor(Math.random() * 250)}`
    const found = await timed(
      200,
      'find',
      send(`${url}/?q=${word}`, { method: 'GET', headers: { accept: 'text/html', 'x-forwarded-for': visitor } }),
    )
    if (!found.includes(`/p/${code}`)) throw new Error('published and not found')
    lifecycles += 1
  }

  const lane = async () => {
    while (performance.now() - startedAt < ms) {
      await lifecycle().catch((error: unknown) => faults.push(error instanceof Error ? error.message : String(error)))
    }
  }
  await Promise.all(Array.from({ length: width }, lane))
  return { lifecycles, seconds: (performance.now() - startedAt) / 1000, requestMs, faults: faults.slice(0, 100) }
}

process.on('message', (task: ToOfficers) => {
  void work(task).then((done) => process.send?.(done))
})
