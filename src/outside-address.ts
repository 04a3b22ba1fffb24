import { isIP, type LookupFunction } from 'node:net'
import ipaddr from 'ipaddr.js'

/**
 * Whether an address belongs to the public internet. Everything else is refused: this machine, private and shared networks,
 * link-local (cloud metadata), multicast, documentation, and the IPv6 forms that carry an IPv4 address inside.
 */
export function isPublicAddress(address: string): boolean {
  return rangeOf(address) === 'unicast'
}

const INSIDE_RANGES = new Set(['private', 'uniqueLocal', 'carrierGradeNat', 'loopback'])

/** Whether an address is a public one or one of the own networks; never link-local (cloud metadata), multicast and the like. */
export function isOwnOrPublicAddress(address: string): boolean {
  return isPublicAddress(address) || INSIDE_RANGES.has(rangeOf(address))
}

/** A name resolves to a machine that may not be reached. */
export class AddressError extends Error {
  override readonly name = 'AddressError'
  readonly code = 'addressNotAllowed'
}

/**
 * Judges the addresses at the moment of connecting, on the very answer that the connection uses: a name that resolves
 * otherwise a moment later gains nothing. One address that is not allowed spoils the whole answer.
 */
export function allowedOnly(lookup: LookupFunction, isAllowed: (address: string) => boolean): LookupFunction {
  return (hostname, options, callback) => {
    lookup(hostname, { ...options, all: true }, (error, found) => {
      if (error !== null) return callback(error, '', 0)
      const addresses = typeof found === 'string' ? [{ address: found, family: isIP(found) }] : found
      const [first] = addresses
      if (first === undefined || !addresses.every(({ address }) => isAllowed(address))) {
        return callback(new AddressError('the name resolves to an address that may not be reached'), '', 0)
      }
      if (options.all === true) return callback(null, addresses)
      return callback(null, first.address, first.family)
    })
  }
}

function rangeOf(address: string): string {
  return isIP(address) === 0 ? 'none' : ipaddr.process(address).range()
}
