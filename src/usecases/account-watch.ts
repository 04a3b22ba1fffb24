/** What is known of the account itself (zalo §6.4, §4.5). */
export type AccountFacts = {
  /** 2 business, 4 state agency (zalo §1). */
  type: number | null
  isVerified: boolean
  packageName: string | null
  packageValidThrough: string | null
  /** Messages of the package outside the free window; null where the platform tells no number. */
  quota: { left: number; total: number } | null
  followers: number | null
  /** Real time at which the platform said so. */
  at: number
}

/** The account's facts as the processes share them. */
export type AccountFactsStore = {
  read(): Promise<AccountFacts | null>
  write(facts: AccountFacts): Promise<void>
}

/** The grant as people have to look after it; times are real. */
export type GrantFacts = {
  state: 'valid' | 'missing' | 'expired' | 'lost' | 'unknown'
  /** When the administrator consented, or else when the oldest known tokens came. */
  grantedAt: number | null
  /** Without any renewal the administrator has to consent again at this time. */
  reconsentBy: number | null
}

const dayMs = 86_400_000
/** Renewals put the end off by three months: so near it, they have failed for a long time. */
export const RECONSENT_SOON_DAYS = 14

/** Whole days until the administrator must consent again; null where that is not known. */
export function reconsentInDays({ reconsentBy }: GrantFacts, now: number): number | null {
  return reconsentBy === null ? null : Math.max(0, Math.floor((reconsentBy - now) / dayMs))
}

/** Whole days since the administrator consented. */
export function grantAgeDays({ grantedAt }: GrantFacts, now: number): number | null {
  return grantedAt === null ? null : Math.max(0, Math.floor((now - grantedAt) / dayMs))
}
