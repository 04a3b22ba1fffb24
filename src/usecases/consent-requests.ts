/** A consent that an administrator has begun (zalo §2.2); `stateHash` is the SHA-256 of what Zalo carries back. */
export type ConsentRequest = { stateHash: string; verifier: string; login: string; expiresAt: number }

export type ConsentRequests = {
  save(request: ConsentRequest): Promise<void>
  /** Gives a request once and never again; null where there is none or its time is over. */
  take(stateHash: string, now: number): Promise<ConsentRequest | null>
}
