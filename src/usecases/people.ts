import { type AccountsDeps, createAccounts } from './people/accounts.ts'
import { createTokens } from './people/tokens.ts'

export type { ApiToken, PeopleStore, Person, SignInLink } from './people/ports.ts'

export type People = ReturnType<typeof createPeople>

/** Accounts, one-time sign-in links and API tokens. */
export function createPeople(deps: AccountsDeps) {
  return { ...createAccounts(deps), ...createTokens(deps) }
}
