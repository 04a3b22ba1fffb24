import express, { Router } from 'express'
import { z } from 'zod'
import { Refusal } from './api/refusal.ts'
import { readForm, typeByContent } from './api/uploads.ts'
import type { Chats } from './chats.ts'
import type { MediaReference, MenuItem } from './model.ts'
import { citizenOf, fail, parse, recentChat } from './phone-input.ts'
import { chatOf, type World } from './world.ts'

const FILES_MAX = 20
const FILE_BYTES_MAX = 25 * 1024 * 1024
const VOICE_SECONDS = 4
/** Stickers that the phone offers; each is a picture in the page's folder. */
const STICKERS = ['like', 'heart', 'smile', 'thanks', 'sad', 'flower'] as const

const Said = z.discriminatedUnion('kind', [
  z.object({ kind: z.literal('text'), text: z.string().min(1).max(20_000), quoteId: z.string().optional() }),
  z.object({ kind: z.literal('sticker'), sticker: z.enum(STICKERS) }),
  z.object({
    kind: z.literal('location'),
    latitude: z.number().min(-90).max(90),
    longitude: z.number().min(-180).max(180),
  }),
  z.object({ kind: z.literal('link'), url: z.url(), text: z.string().max(2_000).default('') }),
  z.object({ kind: z.literal('businessCard'), name: z.string().min(1).max(100), phone: z.string().min(3).max(20) }),
  z.object({ kind: z.literal('voice') }),
])
const Form = z.object({
  messageId: z.string().optional(),
  name: z.string().min(1).max(100),
  phone: z.string().min(3).max(20),
  address: z.string().max(200).default(''),
  ward: z.string().max(100).default(''),
  city: z.string().max(100).default('Tỉnh Quảng Ngãi'),
})
const Tap = z.object({ messageId: z.string(), button: z.number().int().min(0) })

/** What a person can do with one phone, and what an officer writes to it in Zalo's own tool. */
export function createPhoneActs(deps: { world: World; chats: Chats; menu: MenuItem[] }): Router {
  const { world, chats } = deps
  const router = Router({ mergeParams: true })
  router.get('/messages', (req, res) => {
    const citizen = citizenOf(world, req, res)
    if (citizen !== undefined) res.json({ messages: recentChat(world, citizen.id) })
  })
  router.post('/media', async (req, res) => {
    const citizen = citizenOf(world, req, res)
    if (citizen === undefined) return
    const form = await readForm(req, { filesMax: FILES_MAX, sizeBytesMax: FILE_BYTES_MAX }).catch((error: unknown) => {
      if (error instanceof Refusal) return undefined
      throw error
    })
    if (form === undefined || form.files.length === 0) return fail(res, 422, 'Chưa có tệp nào.')
    if (form.files.some((file) => file.tooBig)) return fail(res, 413, 'Tệp lớn quá 25 MB, xin chọn tệp nhỏ hơn.')
    const albumId = form.files.length > 1 ? world.random.hex(12) : undefined
    const caption = form.fields.text ?? ''
    form.files.forEach((file, index) => {
      const mediaType = typeByContent(file)
      const media = world.keepMedia({ name: file.name, mediaType, bytes: file.bytes })
      chats.citizenSends(citizen, {
        kind: kindOf(mediaType),
        media,
        text: index === 0 ? caption : '',
        ...(albumId === undefined ? {} : { albumId }),
      })
    })
    res.status(201).json({})
  })

  router.use(express.json({ limit: '256kb' }))
  router.post('/messages', (req, res) => {
    const citizen = citizenOf(world, req, res)
    const said = citizen === undefined ? undefined : parse(Said, req, res)
    if (citizen === undefined || said === undefined) return
    switch (said.kind) {
      case 'text':
        chats.citizenSends(citizen, {
          kind: 'text',
          text: said.text,
          ...(said.quoteId === undefined ? {} : { quoteId: said.quoteId }),
        })
        break
      case 'sticker':
        chats.citizenSends(citizen, { ...said, url: drawing(world, `${said.sticker}.png`).url })
        break
      case 'businessCard':
        chats.citizenSends(citizen, {
          kind: 'businessCard',
          card: { name: said.name, phone: said.phone.replace(/^0/, '84') },
          imageUrl: drawing(world, 'danh-thiep.png').url,
        })
        break
      case 'voice':
        chats.citizenSends(citizen, { kind: 'audio', media: voice(world) })
        break
      default:
        chats.citizenSends(citizen, said)
    }
    res.status(201).json({})
  })
  router.post('/tap', (req, res) => {
    const citizen = citizenOf(world, req, res)
    const tap = citizen === undefined ? undefined : parse(Tap, req, res)
    if (citizen === undefined || tap === undefined) return
    const message = chatOf(world.state, citizen.id).find((each) => each.id === tap.messageId)
    const button = message?.buttons?.[tap.button]
    if (button?.type !== 'oa.query.show' && button?.type !== 'oa.query.hide')
      return fail(res, 404, 'Nút này không còn.')
    chats.citizenSends(citizen, { kind: 'text', text: button.payload, hidden: button.type === 'oa.query.hide' })
    res.status(201).json({})
  })
  router.post('/list-tap', (req, res) => {
    const citizen = citizenOf(world, req, res)
    const tap = citizen === undefined ? undefined : parse(Tap, req, res)
    if (citizen === undefined || tap === undefined) return
    const message = chatOf(world.state, citizen.id).find((each) => each.id === tap.messageId)
    const action = message?.elements?.[tap.button]?.action
    if (action?.payload === undefined) return fail(res, 404, 'Mục này không còn.')
    chats.citizenSends(citizen, { kind: 'text', text: action.payload, hidden: action.type === 'oa.query.hide' })
    res.status(201).json({})
  })
  router.post('/menu', (req, res) => {
    const citizen = citizenOf(world, req, res)
    const body = citizen === undefined ? undefined : parse(z.object({ item: z.number().int().min(0) }), req, res)
    if (citizen === undefined || body === undefined) return
    const item = deps.menu[body.item]
    if (item === undefined) return fail(res, 404, 'Mục này không còn.')
    chats.citizenSends(citizen, { kind: 'text', text: item.payload, hidden: true })
    res.status(201).json({})
  })
  router.post('/submit-info', (req, res) => {
    const citizen = citizenOf(world, req, res)
    const form = citizen === undefined ? undefined : parse(Form, req, res)
    if (citizen === undefined || form === undefined) return
    const { messageId, ...fields } = form
    chats.submitInfo(citizen, messageId, fields)
    res.status(201).json({})
  })
  router.post('/seen', (req, res) => {
    const citizen = citizenOf(world, req, res)
    const body =
      citizen === undefined ? undefined : parse(z.object({ messageIds: z.array(z.string()).max(500) }), req, res)
    if (citizen === undefined || body === undefined) return
    chats.seen(citizen, body.messageIds)
    res.json({})
  })
  router.post('/react', (req, res) => {
    const citizen = citizenOf(world, req, res)
    const schema = z.object({ messageId: z.string(), icon: z.string().min(1).max(20) })
    const body = citizen === undefined ? undefined : parse(schema, req, res)
    if (citizen === undefined || body === undefined) return
    if (!chats.react(citizen, body.messageId, body.icon)) return fail(res, 404, 'Tin nhắn này không còn.')
    res.status(201).json({})
  })
  router.post('/officer', (req, res) => {
    const citizen = citizenOf(world, req, res)
    const body =
      citizen === undefined ? undefined : parse(z.object({ text: z.string().trim().min(1).max(2_000) }), req, res)
    if (citizen === undefined || body === undefined) return
    chats.accountSends(citizen, { kind: 'text', text: body.text }, { officerId: officerId(world) })
    res.status(201).json({})
  })
  router.post('/:act', (req, res) => {
    const citizen = citizenOf(world, req, res)
    if (citizen === undefined) return
    switch (req.params.act) {
      case 'follow':
        chats.follow(citizen, 'oa_profile')
        break
      case 'unfollow':
        chats.unfollow(citizen)
        break
      case 'open-chat':
        chats.openChat(citizen)
        break
      case 'withdraw':
        chats.withdraw(citizen)
        break
      case 'online':
        chats.setOnline(citizen, true)
        break
      case 'offline':
        chats.setOnline(citizen, false)
        break
      default:
        return fail(res, 404, 'Không có thao tác này.')
    }
    res.status(201).json({})
  })
  return router
}

function kindOf(mediaType: string): 'image' | 'gif' | 'video' | 'audio' | 'file' {
  if (mediaType === 'image/gif') return 'gif'
  if (/^image\/(jpeg|png|webp|heic|heif)$/.test(mediaType)) return 'image'
  if (mediaType.startsWith('video/')) return 'video'
  return 'file'
}

/** One id per account, so that all that staff write comes from the same person. */
function officerId(world: World): string {
  return `88${world.state.credentials.oaId.slice(2)}`
}

/** A one-pixel picture under the given name, for links that a receiver may want to fetch. */
function drawing(world: World, name: string): MediaReference {
  const bytes = Buffer.from(
    'iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg==',
    'base64',
  )
  return world.keepMedia({ name, mediaType: 'image/png', bytes })
}

/** A few seconds of silence as AMR narrow band: 50 frames a second of mode 12.2 kbit/s. */
function voice(world: World): MediaReference {
  const frame = Buffer.concat([Buffer.from([0x3c]), Buffer.alloc(31)])
  const frames = Array.from({ length: VOICE_SECONDS * 50 }, () => frame)
  const bytes = Buffer.concat([Buffer.from('#!AMR\n'), ...frames])
  return world.keepMedia({ name: 'tin-nhan-thoai.amr', mediaType: 'audio/amr', bytes })
}
