import type { Contacts } from './contacts.ts'

/** What every sentence may mention: names and numbers of the province, office hours, links. */
export function conversationFacts(contacts: Contacts, publicUrl: string): Record<string, string> {
  return {
    ...contacts.values,
    gioHanhChinh: contacts.officeHours
      .map(({ fromMinute, toMinute }) => `${clock(fromMinute)}–${clock(toMinute)}`)
      .join(', '),
    publicUrl,
    privacyUrl: `${publicUrl}/quyen-rieng-tu`,
  }
}

const clock = (minute: number) => `${Math.floor(minute / 60)}:${String(minute % 60).padStart(2, '0')}`
