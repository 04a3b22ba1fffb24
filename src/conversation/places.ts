import type { Places } from './address.ts'
import { createGazetteer } from './place-areas.ts'
import { createAddressReader } from './place-reading.ts'
import type { Model, Units } from './unit.ts'

export {
  type Address,
  type AddressCandidate,
  type AddressReading,
  type Conversion,
  formatAddress,
  type Places,
} from './address.ts'

/** Addresses of one administrative model; the index is built here, once. */
export function createPlaces(units: Units, options: { model: Model }): Places {
  const { model } = options
  return createAddressReader({ gazetteer: createGazetteer(units, model), units, model })
}
