/** Why the platform's record of the chats has to be read. */
export type GapCause =
  /** The service was down. */
  | 'start'
  /** Events could not be stored. */
  | 'storeAway'
  /** No event comes at a time when people write. */
  | 'silence'
  /** Events come again after a long pause. */
  | 'resumed'

/** How well the service hears the platform, shared by all processes. Times of the platform where nothing else is said. */
export type Listening = {
  /** The newest event that is known; null before the first start has looked. */
  heardAt: number | null
  /** How long ago the last event came by webhook. */
  silentMs: number | null
  /** From when on the record of the chats has to be read; null where nothing is owed. */
  owedSince: number | null
  /** Messages were found that no webhook told of, and none has told of anything since. */
  isDeaf: boolean
  /** How long ago the record was last read to its end. */
  sinceReadMs: number | null
}

/** What has been heard, kept so that a gap is closed whatever dies. */
export type ListeningStore = {
  read(): Promise<Listening>
  /** Where to begin listening; only before anything was heard. */
  begin(at: number): Promise<void>
  /**
   * An event came by webhook at this time of the platform. Where it is the first one after `pauseMs`, what may have been lost
   * since the one before is owed.
   */
  heard(at: number, pauseMs: number): Promise<void>
  /** The record has to be read from `since` on; `null` stands for the last event that was heard. */
  owe(since: number | null, cause: GapCause): Promise<void>
  /** The debt in this hand, or null where there is none or somebody else has it in hand. */
  claim(owner: string, leaseMs: number): Promise<{ since: number; cause: GapCause; number: number } | null>
  /** Rejects when another process has taken it over. */
  keep(owner: string, leaseMs: number): Promise<void>
  /** The debt is paid, unless more was owed meanwhile. */
  paid(owner: string, number: number, found: { newestAt: number | null; isDeaf: boolean }): Promise<void>
  /** Gives the debt back unpaid. */
  release(owner: string): Promise<void>
}
