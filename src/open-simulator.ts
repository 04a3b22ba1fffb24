import { join } from 'node:path'
import type { Config } from './config.ts'
import type { Logger } from './logger.ts'
import type { Stores } from './open-stores.ts'
import type { DemonstrationSender } from './operator/demonstration-cases.ts'
import type { ServiceClock } from './service-clock.ts'
import type { Simulator } from './simulator/simulator.ts'

/** Starts the simulator of a demonstration, whose webhooks come to `port` of this machine. */
export async function openSimulator(
  config: Config,
  clock: ServiceClock,
  logger: Logger,
  port: number,
): Promise<Simulator> {
  const { startSimulator } = await import('./simulator/simulator.ts')
  const simulator = await startSimulator({
    clock,
    logger: logger.child({ part: 'simulator' }),
    dataDir: join(config.dataDir, 'simulator'),
    menu: [
      { title: 'Gửi phản ánh', payload: '#submit' },
      { title: 'Tra cứu', payload: '#lookup' },
      { title: 'Hướng dẫn', payload: '#guidance' },
    ],
    ratePerMinute: config.zalo.ratePerMinute,
  })
  simulator.setWebhook(`http://127.0.0.1:${port}/webhooks/zalo`)
  return simulator
}

/** What is not set up in a demonstration is played by the simulator. */
export function withSimulatedChannels(config: Config, simulator: Simulator): Config {
  const { smtpUrl, smsUrl, smsToken, mailSecret } = simulator
  return {
    ...config,
    sms: config.sms ?? { url: smsUrl, token: smsToken },
    mail: config.mail ?? { smtpUrl, from: 'PAKN Quảng Ngãi <pakn@example.vn>', webhookSecret: mailSecret },
  }
}

/** The Official Account that is spoken for: the configured one, or that of the simulator. */
export function accountOf(config: Config, simulator: Simulator | null) {
  if (simulator !== null) {
    const { appId, appSecret, oaId, oaSecretKey, refreshToken } = simulator.credentials
    return {
      credentials: { appId, appSecret, oaId, oaSecretKey },
      refreshToken,
      openapiUrl: simulator.openApiUrl,
      businessUrl: simulator.businessUrl,
      oauthUrl: simulator.oauthUrl,
    }
  }
  const { credentials, refreshToken, openapiUrl, businessUrl, oauthUrl } = config.zalo
  if (credentials === null) throw new Error('no Zalo credentials outside demonstration')
  return { credentials, refreshToken, openapiUrl, businessUrl, oauthUrl }
}

/** Whose cases a stranger can handle in the chat at once; null in a simulator of an earlier version that does not know her. */
export function senderIn(simulator: Simulator, stores: Stores): DemonstrationSender | null {
  const { sender } = simulator
  return sender === null
    ? null
    : { citizenKey: stores.hash.citizenKey(sender.id), name: sender.name, phone: `+84${sender.phone.slice(1)}` }
}
