export type PersonalDataKind = 'phone' | 'idNumber' | 'account' | 'email' | 'houseNumber' | 'personName'

/** One piece of personal data; `start` and `end` are UTF-16 offsets in the text that was searched. */
export type PersonalDataFinding = { kind: PersonalDataKind; start: number; end: number; text: string }
