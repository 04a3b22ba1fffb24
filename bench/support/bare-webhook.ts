import { createHash, timingSafeEqual } from 'node:crypto'
import type { AddressInfo } from 'node:net'
import express from 'express'
import mongoose from 'mongoose'

/**
 * The baseline: the least that an Express 5 app can do for the same promise. It checks the same signature and makes the same
 * insert with a majority write, one for each request; no deduplication answer, no encryption, no metrics, no grouping.
 */
const client = await mongoose.mongo.MongoClient.connect(process.argv[2] ?? '', { w: 'majority' })
const inbox = client.db().collection<{ _id: string }>('bareInbox')
await inbox.createIndex({ partition: 1, citizenKey: 1, at: 1 }, { partialFilterExpression: { state: 'waiting' } })

const app = express()
app.disable('x-powered-by')
app.post('/webhooks/zalo', express.raw({ type: () => true, limit: '256kb' }), async (request, response) => {
  const raw = request.body as Buffer
  const event = JSON.parse(raw.toString())
  const mac = createHash('sha256')
    .update(`2087416339520788115${raw.toString()}${event.timestamp}oa-secret-for-tests`)
    .digest()
  const claimed = Buffer.from(String(request.get('x-zevent-signature')).replace('mac=', ''), 'hex')
  if (claimed.length !== mac.length || !timingSafeEqual(claimed, mac)) {
    response.sendStatus(401)
    return
  }
  await inbox.insertOne({
    _id: `${event.event_name}:${event.message.msg_id}`,
    partition: 1,
    citizenKey: event.sender.id,
    lane: 'turn',
    eventName: event.event_name,
    at: Number(event.timestamp),
    receivedAt: new Date(),
    raw,
    state: 'waiting',
    tries: 0,
  } as { _id: string })
  response.sendStatus(200)
})
const server = app.listen(0, '127.0.0.1', () =>
  process.send?.({ type: 'ready', port: (server.address() as AddressInfo).port }),
)
