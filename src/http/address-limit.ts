import ipaddr from 'ipaddr.js'

/**
 * Whether a caller from this address may ask once more; `retryAfterSeconds` where not. A look that is not counted takes nothing
 * of the allowance.
 */
export type AddressLimit = (
  address: string | undefined,
  options?: { isCounted: boolean },
) => { ok: true } | { ok: false; retryAfterSeconds: number }

/**
 * Counts the requests of each address in memory and lets through `perMinute` of them; the allowance comes back evenly. The
 * whole network of a subscriber counts as one address, and at most `addressesMax` are remembered.
 */
export function createAddressLimit(options: {
  perMinute: number
  addressesMax?: number
  /** A clock that only goes forward, in milliseconds. */
  now?: () => number
}): AddressLimit {
  const { perMinute, addressesMax = 50_000 } = options
  const now = options.now ?? (() => performance.now())
  const msPerRequest = 60_000 / perMinute
  // When the allowance of an address is whole again; an address is put back at the end, so the first is the oldest.
  const wholeAt = new Map<string, number>()

  return (address, { isCounted } = { isCounted: true }) => {
    const key = networkOf(address)
    const at = now()
    const next = Math.max(wholeAt.get(key) ?? at, at) + msPerRequest
    // Fractions of a millisecond that adding up loses must not cost anybody a request.
    const isAllowed = next - at <= 60_000 + toleranceMs
    if (isCounted) {
      wholeAt.delete(key)
      wholeAt.set(key, isAllowed ? next : next - msPerRequest)
      if (wholeAt.size > addressesMax) forgetOldest(wholeAt)
    }
    return isAllowed ? { ok: true } : { ok: false, retryAfterSeconds: Math.ceil((next - at - 60_000) / 1000) }
  }
}

const toleranceMs = 0.5

function forgetOldest(remembered: Map<string, number>): void {
  for (const key of remembered.keys()) {
    remembered.delete(key)
    return
  }
}

/** IPv6 hands a subscriber a /64, in which every address is theirs. */
function networkOf(address: string | undefined): string {
  if (address === undefined || !ipaddr.isValid(address)) return 'unknown'
  const parsed = ipaddr.process(address)
  if (parsed.kind() === 'ipv4') return parsed.toString()
  return parsed.toByteArray().slice(0, 8).join('.')
}
