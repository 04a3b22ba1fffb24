import { type Command, Option } from 'commander'
import { beginConsent } from '../http/zalo-grant.ts'
import { openConsentRequests } from '../store/consent-requests.ts'
import { createOAuth, createPkce } from '../zalo/oauth.ts'
import { createTransport } from '../zalo/transport.ts'
import type { Run } from './open.ts'
import { OperatorError } from './output.ts'

/** `zalo …`. */
export function addZaloCommands(program: Command, run: Run): void {
  const zalo = program.command('zalo').description('Zalo Official Account')
  zalo
    .command('connect')
    .description(
      'In địa chỉ để quản trị viên Official Account đồng ý kết nối, có hiệu lực 10 phút / print the address at which the account’s administrator consents, good for 10 minutes',
    )
    .addOption(new Option('--login <login>', 'người thực hiện / who does it').makeOptionMandatory())
    .action((asked: { login: string }) =>
      run(async ({ config, database, keyring, people }, output) => {
        const { credentials, oauthUrl } = config.zalo
        if (credentials === null) {
          throw new OperatorError('Chưa đặt các biến ZALO_… của Official Account.', 'The ZALO_… variables are not set.')
        }
        const officer = await people.officerOf(asked.login)
        if (officer === null || !officer.roles.includes('administrator')) {
          throw new OperatorError(
            'Chỉ tài khoản có vai trò administrator được kết nối.',
            'Only an account with the role administrator may connect.',
          )
        }
        const transport = createTransport()
        try {
          const tokens = createOAuth({ transport, oauthUrl, now: Date.now, ...credentials })
          const requests = await openConsentRequests(database, keyring.fields)
          const { publicUrl } = config.http
          output.result(
            await beginConsent(
              { requests, createPkce, publicUrl, tokens: { consentUrl: tokens.consentUrl } },
              asked.login,
              Date.now(),
            ),
          )
        } finally {
          await transport.close()
        }
      }),
    )
}
