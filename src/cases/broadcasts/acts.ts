import { z } from 'zod'
import type { BroadcastState } from './broadcast.ts'

const note = z
  .string()
  .overwrite((text) => text.toWellFormed().normalize('NFC').trim())
  .max(1_000)

/** What a person may do with a broadcast; the shape of `POST /broadcasts/{id}/acts`. */
export const broadcastActSchema = z.discriminatedUnion('act', [
  z.strictObject({ act: z.literal('edit'), plan: z.unknown().meta({ description: 'As for a new one' }) }),
  z.strictObject({ act: z.literal('submit'), note: note.optional() }),
  z.strictObject({ act: z.literal('approve'), note: note.optional() }),
  z.strictObject({ act: z.literal('decline'), reason: note.min(3), note: note.optional() }),
  z.strictObject({ act: z.literal('test') }),
  z.strictObject({ act: z.literal('start'), note: note.optional() }),
  z.strictObject({ act: z.literal('pause'), note: note.optional() }),
  z.strictObject({ act: z.literal('resume'), note: note.optional() }),
  z.strictObject({ act: z.literal('stop'), note: note.optional() }),
])

export type BroadcastAct = z.infer<typeof broadcastActSchema>
export type BroadcastActName = BroadcastAct['act']

/** In which states each act is possible. */
export const POSSIBLE_IN: Readonly<Record<BroadcastActName, readonly BroadcastState[]>> = {
  // Paused only where Zalo has refused the article: see `canMend`.
  edit: ['draft', 'waitingApproval', 'approved', 'scheduled', 'paused'],
  submit: ['draft'],
  approve: ['waitingApproval'],
  decline: ['waitingApproval', 'approved', 'scheduled'],
  test: ['draft', 'waitingApproval', 'approved', 'scheduled', 'running', 'paused'],
  start: ['approved', 'scheduled'],
  pause: ['running'],
  resume: ['paused'],
  stop: ['draft', 'waitingApproval', 'approved', 'scheduled', 'running', 'paused'],
}

export const BROADCAST_ACTS = Object.keys(POSSIBLE_IN) as BroadcastActName[]
