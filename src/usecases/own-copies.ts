import { timingSafeEqual } from 'node:crypto'
import type { Case } from '../cases/case.ts'
import type { Dossier, Dossiers } from './dossiers.ts'

/** The purpose of the keyed hash. */
export const OWN_COPY = 'ownCopy'

/** How long the address of a copy is good; whoever has it can open it. */
const linkLifeMs = 24 * 3_600_000

export type OwnCopies = ReturnType<typeof createOwnCopies>

/** A sender's own copy of a case, at an address that only the sender is given and that ends by itself (R9-5, §7.2). */
export function createOwnCopies(deps: {
  find(code: string): Promise<Case | null>
  dossiers: Pick<Dossiers, 'gather'>
  /** A keyed hash that nobody without the service's secret can make. */
  keyOf(value: string): string
  publicUrl: string
}) {
  const proofOf = (current: Case, citizenKey: string, until: string) =>
    deps.keyOf(`${current.code}:${citizenKey}:${until}`)

  return {
    /** Null for a case that has no sender in the chat. */
    linkTo(current: Case, now: number): string | null {
      if (current.citizenKey === null) return null
      const until = Math.floor((now + linkLifeMs) / 1_000).toString(36)
      return `${deps.publicUrl}/ban-sao/${current.code}/${until}.${proofOf(current, current.citizenKey, until)}`
    },

    /** Null for an address that is not ours, has ended, or whose sender's data are gone. */
    async open(code: string, given: string, now: number): Promise<Dossier | null> {
      const [, until = '', proof = ''] = /^([0-9a-z]{1,9})\.([\w-]{43})$/.exec(given) ?? []
      if (proof === '' || Number.parseInt(until, 36) * 1_000 < now) return null
      const current = await deps.find(code)
      if (current === null || current.citizenKey === null) return null
      const expected = Buffer.from(proofOf(current, current.citizenKey, until))
      const claimed = Buffer.from(proof)
      if (expected.length !== claimed.length || !timingSafeEqual(expected, claimed)) return null
      return deps.dossiers.gather({ type: 'citizen', citizenKey: current.citizenKey }, code)
    },
  }
}
