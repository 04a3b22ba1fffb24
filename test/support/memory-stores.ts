import type { PinStore, StoredGrant, TokenPair, TokenStore } from '../../src/usecases/ports.ts'

/** A token store that several token sources share, with switches for what can go wrong with a database. */
export function createMemoryTokenStore(initial: Partial<StoredGrant> = {}) {
  let grant: StoredGrant = { usedHashes: [], ...initial }
  let lock: { holder: string; until: number } | undefined
  const state = { isDown: false, savesToFail: 0, saves: [] as TokenPair[], events: [] as string[] }

  function reach(): void {
    if (state.isDown) throw new Error('store is down')
  }

  const store: TokenStore = {
    async read() {
      reach()
      return structuredClone(grant)
    },
    async tryLock(holder, ttlMs) {
      reach()
      if (lock !== undefined && lock.holder !== holder && lock.until > Date.now()) return false
      lock = { holder, until: Date.now() + ttlMs }
      return true
    },
    async unlock(holder) {
      reach()
      if (lock?.holder === holder) lock = undefined
    },
    async markPending(hash, at, { remember }) {
      reach()
      state.events.push('pending')
      grant.pending = { hash, at }
      if (remember) grant.usedHashes.push(hash)
    },
    async endPending(hash, lost) {
      reach()
      if (grant.pending?.hash !== hash) return
      delete grant.pending
      if (lost !== undefined) grant.lost = lost
    },
    async saveNew(pair, options) {
      reach()
      if (state.savesToFail > 0) {
        state.savesToFail -= 1
        throw new Error('store is down')
      }
      state.events.push('saved')
      state.saves.push(pair)
      const grantedAt = options?.isConsent === true ? pair.obtainedAt : (grant.grantedAt ?? pair.obtainedAt)
      grant = { pair, usedHashes: grant.usedHashes, grantedAt }
    },
  }
  return {
    store,
    state,
    grant: () => grant,
    setGrant: (next: StoredGrant) => {
      grant = next
    },
    holdLock: (ms: number) => {
      lock = { holder: 'another replica', until: Date.now() + ms }
    },
  }
}

/** Remembers which message path the account accepts. */
export function createMemoryPinStore(initial?: 'v3' | 'v2') {
  let pinned = initial
  const pins: ('v3' | 'v2')[] = []
  const store: PinStore = {
    read: async () => pinned,
    pin: async (path) => {
      pinned = path
      pins.push(path)
    },
  }
  return { store, pins, pinned: () => pinned }
}
