import type { ShortMessage, State } from './model.ts'
import { findCitizen, type World } from './world.ts'

const KEPT_MAX = 50

/** Puts an SMS into the phone that has this number, or into the phone used last when nobody has it. */
export function showShortMessage(world: World, message: { phone: string; code: string; text: string }): ShortMessage {
  const { state } = world
  const sms: ShortMessage = {
    ...message,
    id: world.random.hex(16),
    at: world.clock.now(),
    ...ownerOf(state, message.phone),
  }
  state.shortMessages.push(sms)
  if (state.shortMessages.length > KEPT_MAX) state.shortMessages.shift()
  world.storage.changed()
  world.changes.publish({ type: 'sms', sms })
  return sms
}

/** The citizen with this number, else the one whose chat was used last. */
function ownerOf(state: State, phone: string): { citizenId?: string } {
  const digits = phone.replace(/\D/g, '').replace(/^84/, '0')
  const citizens = Object.values(state.citizens)
  const owner =
    citizens.find((citizen) => citizen.phone === digits) ??
    citizens
      .filter((each) => each.lastInteractionAt !== undefined)
      .sort((a, b) => (b.lastInteractionAt ?? 0) - (a.lastInteractionAt ?? 0))[0]
  return findCitizen(state, owner?.id) === undefined || owner === undefined ? {} : { citizenId: owner.id }
}
