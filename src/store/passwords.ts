import { argon2, randomBytes, timingSafeEqual } from 'node:crypto'
import type { PasswordHasher } from '../usecases/people/ports.ts'
import { RefusedError } from '../usecases/refused-error.ts'

/** What one hash costs: `memoryKib` of memory, gone through `passes` times. */
export type PasswordCost = { memoryKib: number; passes: number }

/** Above what OWASP asks for (19 MiB, 2 passes): about a fifth of a second on a plain server. */
export const PASSWORD_COST: PasswordCost = { memoryKib: 65_536, passes: 3 }

const saltBytes = 16
const hashBytes = 32

/**
 * argon2id in the threads of the runtime. At most `atOnceMax` at a time, for each takes its memory and one of the few threads
 * that files and names are read with; `waitingMax` more may wait, and others are refused as busy.
 */
export function createPasswordHasher(
  options: { cost?: PasswordCost; atOnceMax?: number; waitingMax?: number } = {},
): PasswordHasher {
  const { cost = PASSWORD_COST, atOnceMax = 2, waitingMax = 50 } = options
  const waiting: (() => void)[] = []
  let running = 0

  async function inTurn<Result>(work: () => Promise<Result>): Promise<Result> {
    if (running >= atOnceMax) {
      if (waiting.length >= waitingMax) throw new RefusedError('unavailable')
      await new Promise<void>((resolve) => waiting.push(resolve))
    } else running += 1
    try {
      return await work()
    } finally {
      // The place goes to the one who waits longest.
      const next = waiting.shift()
      if (next === undefined) running -= 1
      else next()
    }
  }

  // Nobody's password: what is compared with when there is nothing to compare with.
  const decoy: Kept = { cost, salt: randomBytes(saltBytes), hash: randomBytes(hashBytes) }

  return {
    hash: (password) =>
      inTurn(async () => {
        const salt = randomBytes(saltBytes)
        return write({ cost, salt, hash: await derive(password, salt, cost) })
      }),
    verify: (password, text) =>
      inTurn(async () => {
        const kept = text === null ? decoy : read(text)
        const derived = await derive(password, kept.salt, kept.cost)
        const matches = timingSafeEqual(derived, kept.hash) && text !== null
        const isOutdated = kept.cost.memoryKib !== cost.memoryKib || kept.cost.passes !== cost.passes
        return { matches, isOutdated }
      }),
  }
}

type Kept = { cost: PasswordCost; salt: Buffer; hash: Buffer }

function derive(password: string, nonce: Buffer, { memoryKib, passes }: PasswordCost): Promise<Buffer> {
  return new Promise((resolve, reject) => {
    const parameters = {
      message: Buffer.from(password.normalize('NFC')),
      nonce,
      parallelism: 1,
      tagLength: hashBytes,
      memory: memoryKib,
      passes,
    }
    argon2('argon2id', parameters, (error, derived) => (error === null ? resolve(derived) : reject(error)))
  })
}

/** The usual text form, so that a later version knows what a hash was made with. */
function write({ cost, salt, hash }: Kept): string {
  return `$argon2id$v=19$m=${cost.memoryKib},t=${cost.passes},p=1$${salt.toString('base64url')}$${hash.toString('base64url')}`
}

function read(text: string): Kept {
  const match = /^\$argon2id\$v=19\$m=(\d+),t=(\d+),p=1\$([\w-]+)\$([\w-]+)$/.exec(text)
  if (match === null) throw new Error('what is kept of a password cannot be read')
  const [, memoryKib, passes, salt = '', hash = ''] = match
  return {
    cost: { memoryKib: Number(memoryKib), passes: Number(passes) },
    salt: Buffer.from(salt, 'base64url'),
    hash: Buffer.from(hash, 'base64url'),
  }
}
