import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { type Config, ConfigError, readConfig } from '../src/config.ts'

const key = (fill: string) => Buffer.from(fill.repeat(32).slice(0, 32)).toString('base64')
const zalo = {
  ZALO_APP_ID: '100200300',
  ZALO_APP_SECRET: 'app-secret-7',
  ZALO_OA_ID: '400500600',
  ZALO_OA_SECRET_KEY: 'oa-secret-9',
}
const production = {
  NODE_ENV: 'production',
  PUBLIC_URL: 'https://pakn.tinh.gov.vn',
  DATA_KEYS: `k1:${key('abcdefghijklmnop')}`,
  SESSION_SECRET: 'kq3v8Zr1mB7xT0pLw5nD2sHf9cJy6uGa',
  ...zalo,
}

function faultsOf(env: Record<string, string>): Record<string, string> {
  try {
    readConfig(env)
  } catch (error) {
    if (error instanceof ConfigError) return Object.fromEntries(error.faults.map(({ name, fault }) => [name, fault]))
    throw error
  }
  return {}
}

describe('modes', () => {
  test('nothing set is the demonstration, on this machine only', () => {
    const config = readConfig({})
    expect(config).toMatchObject({
      mode: 'demonstration',
      http: { host: '127.0.0.1', port: 3000 },
      dataKeys: null,
      sessionSecret: null,
    })
  })

  test('the four credentials make a trial that listens to the world', () => {
    expect(readConfig(zalo)).toMatchObject({
      mode: 'trial',
      http: { host: '0.0.0.0' },
      zalo: { credentials: { oaId: '400500600' } },
    })
  })

  test('some of the credentials stop the start and the missing ones are named', () => {
    const { ZALO_OA_SECRET_KEY: _1, ZALO_APP_ID: _2, ...some } = zalo
    expect(Object.keys(faultsOf(some)).sort()).toEqual(['ZALO_APP_ID', 'ZALO_OA_SECRET_KEY'])
  })

  test('an empty variable counts as unset', () => {
    expect(readConfig({ ZALO_APP_ID: '', ZALO_OA_ID: ' ', PORT: '' })).toMatchObject({
      mode: 'demonstration',
      http: { port: 3000 },
    })
  })

  test('a complete production environment is accepted', () => {
    expect(readConfig(production)).toMatchObject({
      mode: 'production',
      http: { publicUrl: 'https://pakn.tinh.gov.vn' },
      warnings: expect.any(Array),
    })
  })

  test('production makes nothing up', () => {
    expect(Object.keys(faultsOf({ NODE_ENV: 'production' })).sort()).toEqual([
      'DATA_KEYS',
      'PUBLIC_URL',
      'SESSION_SECRET',
      'ZALO_APP_ID',
      'ZALO_APP_SECRET',
      'ZALO_OA_ID',
      'ZALO_OA_SECRET_KEY',
    ])
  })

  test.each([
    ['PUBLIC_URL', 'http://pakn.tinh.gov.vn'],
    ['CLOCK_OFFSET', '+15d'],
    ['ZALO_MEDIA_HOSTS', 'zdn.vn,127.0.0.1:4000'],
    ['WEBHOOK_HOSTS', 'quangngai.gov.vn,127.0.0.1:4000'],
    ['ZALO_OPENAPI_URL', 'http://stand-in.tinh.gov.vn'],
    ['ZALO_APP_SECRET', 'changeme'],
    ['ZALO_OA_SECRET_KEY', '<your key>'],
    ['SESSION_SECRET', 'a'.repeat(40)],
    ['DATA_KEYS', `k1:${key('a')}`],
  ])('production refuses %s=%s', (name, value) => {
    expect(Object.keys(faultsOf({ ...production, [name]: value }))).toEqual([name])
  })

  test('a gateway on the same machine may be plain http in production', () => {
    expect(faultsOf({ ...production, ZALO_OPENAPI_URL: 'http://127.0.0.1:8080' })).toEqual({})
  })
})

describe('faults', () => {
  test('every fault is named at once, with an example', () => {
    const env = {
      PORT: 'abc',
      QUIET_HOURS: '9pm',
      ALLOW_VIDEO: 'maybe',
      MONGODB_URI: 'db:27017',
      ZALO_APP_ID: '1',
      SMS_TOKEN: 't',
    }
    expect(Object.keys(faultsOf(env)).sort()).toEqual(
      [
        'ALLOW_VIDEO',
        'MONGODB_URI',
        'PORT',
        'QUIET_HOURS',
        'SMS_URL',
        'ZALO_APP_SECRET',
        'ZALO_OA_ID',
        'ZALO_OA_SECRET_KEY',
      ].sort(),
    )
    expect(() => readConfig(env)).toThrow(/PORT: .*Ví dụ: PORT=3000/)
  })

  test('no value is quoted, whatever it is', () => {
    fc.assert(
      fc.property(fc.string({ minLength: 12, unit: fc.constantFrom('q', 'z', 'w', '#', '!') }), (secret) => {
        const env = {
          DATA_KEYS: secret,
          MONGODB_URI: secret,
          REDIS_URL: secret,
          SMTP_URL: secret,
          SESSION_SECRET: secret.slice(0, 20),
        }
        try {
          readConfig(env)
          expect.unreachable()
        } catch (error) {
          expect(String(error)).not.toContain(secret.slice(0, 12))
        }
      }),
      { numRuns: 30 },
    )
  })

  test.each([
    ['PORT', '65536'],
    ['PORT', '3e3'],
    ['MIN_IDENTITY_LEVEL', '0'],
    ['CLOCK_OFFSET', '15d'],
    ['CLOCK_OFFSET', '+15w'],
    ['QUIET_HOURS', '25:00-07:00'],
    ['QUIET_HOURS', '07:00-07:00'],
    ['ZALO_MEDIA_HOSTS', 'vn'],
    ['ZALO_MEDIA_HOSTS', 'http://zdn.vn'],
    ['WEBHOOK_HOSTS', 'https://quangngai.gov.vn/pakn'],
    ['WEBHOOK_INSIDE_HOSTS', 'lgsp.local:8443'],
    ['WEBHOOK_INSIDE_HOSTS', '*.quangngai.gov.vn'],
    ['DATA_KEYS', `k1:${key('ab')},k1:${key('cd')}`],
    ['DATA_KEYS', 'k1:c2hvcnQ='],
    ['SESSION_SECRET', 'short'],
    ['REDIS_URL', 'localhost:6379'],
    ['CASE_CODE_PREFIX', 'phản ánh'],
    ['ZALO_OAUTH_URL', 'https://user:secret@oauth.zaloapp.com'],
  ])('%s=%s is refused', (name, value) => {
    expect(Object.keys(faultsOf({ [name]: value }))).toEqual([name])
  })
})

describe('values', () => {
  const read = (env: Record<string, string>): Config => readConfig(env)

  test('a replica set with several hosts is a MongoDB address', () => {
    expect(read({ MONGODB_URI: 'mongodb://a:27017,b:27017/pakn?replicaSet=rs0' }).mongodb.uri).toContain(
      'a:27017,b:27017',
    )
  })

  test('quiet hours run over midnight, or are off', () => {
    expect(read({ QUIET_HOURS: '21:30-06:15' }).quietHours).toEqual({ fromMinute: 1290, toMinute: 375 })
    expect(read({ QUIET_HOURS: 'off' }).quietHours).toBeNull()
  })

  test('the clock moves both ways', () => {
    expect(read({ CLOCK_OFFSET: '+15d' }).clockOffsetMs).toBe(15 * 86_400_000)
    expect(read({ CLOCK_OFFSET: '-1d3h' }).clockOffsetMs).toBe(-27 * 3_600_000)
  })

  test('media hosts are suffixes and exact origins', () => {
    expect(read({ ZALO_MEDIA_HOSTS: 'ZDN.vn, 127.0.0.1:4000' }).zalo.mediaHosts).toEqual({
      suffixes: ['zdn.vn'],
      origins: ['127.0.0.1:4000'],
    })
  })

  test('webhooks go nowhere until hosts are named, suffixes apart from exact hosts inside', () => {
    expect(read({}).webhooks).toEqual({ suffixes: [], origins: [], insideHosts: [] })
    const named = read({
      WEBHOOK_HOSTS: 'quangngai.gov.vn, 127.0.0.1:4000',
      WEBHOOK_INSIDE_HOSTS: 'LGSP.local,10.20.30.40',
    })
    expect(named.webhooks).toEqual({
      suffixes: ['quangngai.gov.vn'],
      origins: ['127.0.0.1:4000'],
      insideHosts: ['lgsp.local', '10.20.30.40'],
    })
  })

  test('"false" is false', () => {
    expect(read({ ALLOW_VIDEO: 'false' }).attachments.allowVideo).toBe(false)
    expect(read({ ALLOW_VIDEO: 'true' }).attachments.allowVideo).toBe(true)
  })

  test('keys are checked and handed on as they were given', () => {
    const given = `new:${key('xy')}, old:${key('ab')}`
    expect(read({ DATA_KEYS: given }).dataKeys).toBe(given)
  })

  test('a misspelt variable and a lowered identity level are pointed out', () => {
    const { warnings } = read({ ZALO_APPID: '1', MIN_IDENTITY_LEVEL: '1' })
    expect(warnings.join('\n')).toMatch(/ZALO_APPID/)
    expect(warnings.join('\n')).toMatch(/MIN_IDENTITY_LEVEL=1/)
  })
})
