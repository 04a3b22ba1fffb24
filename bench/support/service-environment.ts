import type { startFakeZalo } from '../../test/support/fake-zalo.ts'
import type { SeededDatabase } from './seed.ts'

/** The service as it is measured on a seeded database: a real Official Account, played by a Zalo that answers at once. */
export function serviceEnvironment(
  database: SeededDatabase,
  zalo: Awaited<ReturnType<typeof startFakeZalo>>,
): Record<string, string> {
  const { account } = zalo
  return {
    DATA_DIR: database.dataDir,
    MONGODB_URI: database.uri,
    DATA_KEYS: database.dataKeys,
    ZALO_APP_ID: account.appId,
    ZALO_APP_SECRET: account.appSecret,
    ZALO_OA_ID: account.oaId,
    ZALO_OA_SECRET_KEY: account.oaSecretKey,
    ZALO_OPENAPI_URL: zalo.url,
    ZALO_OAUTH_URL: zalo.url,
    ZALO_MESSAGE_API: 'v3',
    ZALO_RATE_PER_MINUTE: '10000000',
    API_RATE_PER_MINUTE: '10000000',
    TRUSTED_PROXIES: 'loopback',
    LOG_LEVEL: 'warn',
  }
}
