import type { Request, Router } from 'express'
import type { Case } from './cases/case.ts'
import type { Clocks } from './cases/clocks.ts'
import type { Config } from './config.ts'
import { createAddressLimit } from './http/address-limit.ts'
import { printCase } from './http/dossier/print-case.ts'
import { createPublicRouter } from './http/public/router.ts'
import { createGrantRouter } from './http/zalo-grant.ts'
import type { Logger } from './logger.ts'
import { printPdf } from './media/pdf.ts'
import type { Metrics } from './metrics.ts'
import type { openAccount } from './open-account.ts'
import type { OpenConversation } from './open-conversation.ts'
import type { Stores } from './open-stores.ts'
import type { Zalo } from './open-zalo.ts'
import { openConsentRequests } from './store/consent-requests.ts'
import { isDatabaseAway } from './store/errors.ts'
import { createPublishedCases } from './store/published-cases.ts'
import type { Attachments } from './usecases/attachments.ts'
import type { OwnCopies } from './usecases/own-copies.ts'
import type { People } from './usecases/people.ts'
import type { Clock } from './usecases/ports.ts'
import { createReadPublicCases, type ReadPublicCasesDeps } from './usecases/public-cases.ts'
import type { AccountChange } from './usecases/webhook-event.ts'
import { createPkce } from './zalo/oauth.ts'

/** Look-ups of one case a minute from one address: enough for an office behind one line, too few to read codes off in a row. */
const LOOK_UPS_PER_MINUTE = 30

/** The pages for everybody, and the administrator's consent to the account with what has to be watched of it. */
export async function openWeb(deps: {
  config: Config
  conversation: OpenConversation
  stores: Stores
  cases: ReadPublicCasesDeps['cases']
  facts: Pick<ReadPublicCasesDeps, 'unitName' | 'answerBy'>
  clocksOf(current: Case): Clocks
  people: Pick<People, 'personOf'>
  attachments: Pick<Attachments, 'openPublic'>
  ownCopies: OwnCopies
  zalo: Zalo
  account: Pick<ReturnType<typeof openAccount>, 'grantState' | 'wake'>
  /** The account of `zalo`. */
  oaId: string
  clock: Clock
  metrics: Metrics
  logger: Logger
}) {
  const { config, conversation, stores, zalo, clock, metrics, logger, oaId } = deps
  const cipher = stores.keyring.fields
  const isDemonstration = config.mode === 'demonstration'

  const pages: Router = createPublicRouter({
    texts: conversation.texts,
    cases: createReadPublicCases({
      cases: deps.cases,
      published: createPublishedCases({ database: stores.database, cipher, hash: stores.hash }),
      ...deps.facts,
    }),
    readCaseCode: conversation.engine.readCaseCode,
    openFile: deps.attachments.openPublic,
    async printOwnCopy(code, proof, locale) {
      const dossier = await deps.ownCopies.open(code, proof, clock.now())
      if (dossier === null) return null
      const { texts } = conversation
      const { unitName } = deps.facts
      const clocks = deps.clocksOf(dossier.seen.current)
      return printPdf(printCase({ texts, unitName }, dossier, { clocks }, { at: clock.now(), by: null, locale }))
    },
    limit: createAddressLimit({ perMinute: LOOK_UPS_PER_MINUTE }),
    privacy: { retention: config.retention, sendsSms: config.sms !== null, sendsMail: config.mail !== null },
    units: publicUnits(conversation.engine.units),
    isUnit: (code) => conversation.engine.units.byCode(code) !== undefined,
    chatUrl: isDemonstration ? '/simulator' : `https://zalo.me/${oaId}`,
    isDatabaseAway,
    now: clock.now,
    logger: logger.child({ part: 'pages' }),
  })

  const grant: Router = createGrantRouter({
    requests: await openConsentRequests(stores.database, cipher),
    tokens: zalo.tokens,
    createPkce,
    officerOf: async (request: Request) => {
      const [, token] = /^Bearer +(\S{1,200})$/i.exec(request.get('authorization') ?? '') ?? []
      return token === undefined ? null : deps.people.personOf(token, Date.now())
    },
    oaId,
    publicUrl: config.http.publicUrl,
    onGranted(login) {
      logger.info({ login }, 'the Zalo grant was given')
      deps.account.wake()
    },
  })

  const { grantState } = deps.account

  return {
    pages,
    grant,

    /** Sentences for the operator about a grant that nothing can be sent without. */
    async adviceAtStart(): Promise<string[]> {
      if (isDemonstration || config.zalo.refreshToken !== null) return []
      const state = await grantState()
      if (state !== 'missing' && state !== 'lost') return []
      const what = state === 'missing' ? 'Chưa kết nối với Zalo Official Account' : 'Kết nối với Zalo đã mất hiệu lực'
      return [
        `⚠ ${what}, nên chưa gửi được tin cho người dân: chạy "npm run -s pakn -- zalo connect --login TÊN" (tài khoản có vai trò administrator) rồi mở địa chỉ được in ra, hoặc đặt ZALO_REFRESH_TOKEN.`,
      ]
    },

    /** What the platform says about the account itself; a withdrawn permission silences the whole service. */
    onAccountChange({ key, what }: AccountChange): void {
      metrics.accountChanges.inc({ what })
      // Whether it still answers is seen at once, and not when the next citizen waits.
      deps.account.wake()
      if (what === 'permissionRevoked') {
        logger.error({ event: key, what }, 'the Zalo account has withdrawn its permission: connect it again')
      } else logger.warn({ event: key, what }, 'the Zalo account or its templates have changed')
    },
  }
}

/** The units of today by name, as people look for them. */
function publicUnits(units: OpenConversation['engine']['units']): { code: string; name: string }[] {
  return units
    .ofModel('2025')
    .map(({ code, name }) => ({ code, name }))
    .sort((a, b) => a.name.localeCompare(b.name, 'vi'))
}
