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
}

/** What was asked for longer ago is no news: the chat itself shows it. */
const newsAgeMsMax = 2 * 86_400_000

/** Tells the Office's intake that somebody waits in the chat; of the citizen it says nothing. Safe to be done again. */
export function createAnnounceHandoffs(deps: {
  handoffs: Handoffs
  directory: Pick<StaffDirectory, 'ofOffice'>
  notices: Pick<StaffNoticeStore, 'write'>
  channelsOf(person: StaffMember): readonly string[]
}) {
  return async (limit: number, now: number): Promise<{ written: number; isMore: boolean }> => {
    const found = await deps.handoffs.untold(limit)
    if (found.length === 0) return { written: 0, isMore: false }
    const people = await deps.directory.ofOffice('intakeOfficer')
    const notices = found
      .filter(({ since }) => now - since <= newsAgeMsMax)
      .flatMap(({ citizenKey, since }) =>
        people.map(
          (person): NewStaffNotice => ({
            login: person.login,
            kind: 'handoffWaits',
            caseCode: '',
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
