/**
 * `npm run flows:chat`: a chat with the assistant in the terminal. Nothing is stored or sent; one-time codes are shown.
 * `/anh` sends a photo, `/sau 3d` lets three days pass, `/thoat` leaves. Lines may also come from a pipe.
 */
import { randomBytes } from 'node:crypto'
import { createInterface } from 'node:readline'
import { loadContacts } from '../src/contacts.ts'
import { FlowError } from '../src/conversation/check-files.ts'
import type { Received } from '../src/conversation/received.ts'
import { conversationFacts } from '../src/conversation-facts.ts'
import { defaultConversationSettings, openConversation } from '../src/open-conversation.ts'
import { createCitizenCases } from '../src/usecases/citizen-cases.ts'
import { createLaw } from '../src/usecases/law.ts'
import { createNoticeRenderer } from '../src/usecases/render-notice.ts'
import { createRunTurn } from '../src/usecases/run-turn.ts'

/** No case is filed here, so neither law nor rights are asked about. */
const law = createLaw(() => {
  throw new Error('there is no case here')
})
const units = {
  exists: () => false,
  isActive: () => false,
  isWithin: () => false,
  isOffice: () => false,
  hasDirectIntake: () => false,
  hidesSenderFrom: () => false,
}
const publicUrl = 'http://localhost:3000'
const contacts = await loadContacts('data/contacts.json')
const opened = await openConversation({
  root: process.cwd(),
  model: '2025',
  codePrefix: 'PAKN',
  settings: defaultConversationSettings,
  facts: conversationFacts(contacts['2025'], publicUrl),
}).catch((error: unknown) => {
  if (!(error instanceof FlowError)) throw error
  console.error(error.message)
  process.exit(1)
})
const facts = {
  unitName: (code: string) => opened.engine.units.byCode(code)?.name ?? code,
  answerBy: () => null,
  publicUrl,
}
const { runTurn } = createRunTurn({
  ...opened,
  cases: {
    byCode: async () => null,
    findNational: async () => null,
    byDraft: async () => null,
    ofCitizen: async () => [],
  },
  facts,
  citizenCases: createCitizenCases({ law, units }),
  notices: createNoticeRenderer({ texts: opened.texts, facts }),
})

let conversation: unknown = null
let shiftMs = 0
let number = 0
const lines = createInterface({ input: process.stdin, prompt: '👤 ' })
await turn({ type: 'followed' })
lines.prompt()
for await (const line of lines) {
  if (line.trim() === '/thoat') break
  const later = /^\/sau (\d+)([hd])$/.exec(line.trim())
  if (later !== null) shiftMs += Number(later[1]) * (later[2] === 'd' ? 24 : 1) * 3600_000
  else if (line.trim() === '/anh') await turn(photo())
  else if (line.trim() !== '') await turn({ type: 'text', text: line })
  lines.prompt()
}
lines.close()

function photo(): Partial<Received> {
  const id = `photo-${number}`
  const file = {
    ok: true,
    id,
    kind: 'image',
    name: `${id}.jpg`,
    mediaType: 'image/jpeg',
    sizeBytes: 1,
    sha256: id,
  } as const
  return { type: 'files', files: [file], text: '' }
}

async function turn(event: Partial<Received>): Promise<void> {
  number += 1
  const now = Date.now() + shiftMs
  const output = await runTurn({
    citizenKey: 'terminal',
    userId: 'terminal',
    conversation,
    events: [{ id: `line-${number}`, at: now, ...event } as Received],
    now,
    entropy: randomBytes(32).toString('hex'),
  })
  conversation = output.conversation
  for (const { body } of output.messages) {
    console.log(body.type === 'text' ? `🤖 ${body.text.replaceAll('\n', '\n   ')}` : `🤖 ▣ ${body.title}`)
    if (body.type === 'text')
      console.log(body.buttons.map((button, index) => `   [${index + 1}. ${button.title}]`).join('\n'))
  }
  for (const { phone, code } of output.oneTimeCodes) console.log(`📱 ${phone}: ${code}`)
  for (const filed of output.filed) console.log(`📄 ${JSON.stringify(filed, null, 2)}`)
}
