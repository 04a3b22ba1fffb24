import type { Case } from '../cases/case.ts'
import { OPEN_STATES } from '../cases/words.ts'
import type { StaffDirectory } from './staff-directory.ts'
import type { NewStaffNotice, StaffMember, StaffNoticeStore } from './staff-ports.ts'

/** A citizen who has asked for a person in the chat and waits. */
export type Handoff = { citizenKey: string; since: number }

/** Who waits for a person in the chat. */
export type Handoffs = {
  /** Of whom no officer has been told, the longest waiting first. */
  untold(limit: number): Promise<Handoff[]>
  told(handoffs: readonly Handoff[]): Promise<void>
  /** How many wait, counted up to `max`. */
  waiting(max: number): Promise<number>
  /**
   * An officer has written to this citizen beside the chat: the chat is told of it, once for each key. False where this
   * citizen does not wait.
   */
  answered(citizenKey: string, key: string, now: number): Promise<boolean>
}

/** What was asked for longer ago is no news: the chat itself shows it. */
const newsAgeMsMax = 2 * 86_400_000

/**
 * Tells the Office's intake that somebody waits in the chat. Of the citizen it says nothing but the case that they are most
 * likely to ask about, by which an officer can answer. Safe to be done again.
 */
export function createAnnounceHandoffs(deps: {
  handoffs: Handoffs
  /** Newest first. */
  casesOf(citizenKey: string, limit: number): Promise<Case[]>
  directory: Pick<StaffDirectory, 'ofOffice'>
  notices: Pick<StaffNoticeStore, 'write'>
  channelsOf(person: StaffMember): readonly string[]
}) {
  return async (limit: number, now: number): Promise<{ written: number; isMore: boolean }> => {
    const found = await deps.handoffs.untold(limit)
    if (found.length === 0) return { written: 0, isMore: false }
    const people = await deps.directory.ofOffice('intakeOfficer')
    const fresh = found.filter(({ since }) => now - since <= newsAgeMsMax)
    const codes = await Promise.all(fresh.map(({ citizenKey }) => caseOf(deps.casesOf, citizenKey)))
    const notices = fresh.flatMap(({ citizenKey, since }, index) =>
      people.map(
        (person): NewStaffNotice => ({
          login: person.login,
          kind: codes[index] == null ? 'handoffWaits' : 'senderWaits',
          caseCode: codes[index] ?? '',
          thread: `handoff:${citizenKey}:${since}`,
          params: {},
          digest: null,
          run: null,
          createdAt: now,
          channels: deps.channelsOf(person),
        }),
      ),
    )
    const written = await deps.notices.write(notices)
    await deps.handoffs.told(found)
    return { written, isMore: found.length === limit }
  }
}

/** The newest open case, or else the newest one; never a suspected denunciation (R2-30). */
async function caseOf(
  casesOf: (citizenKey: string, limit: number) => Promise<Case[]>,
  citizenKey: string,
): Promise<string | null> {
  const cases = (await casesOf(citizenKey, casesMax)).filter((one) => !one.denunciationSuspected)
  return (cases.find(({ state }) => OPEN_STATES.includes(state)) ?? cases[0])?.code ?? null
}

const casesMax = 20
