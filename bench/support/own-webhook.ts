import { createSecretKey, randomBytes } from 'node:crypto'
import { createFakePlatform } from '../../test/support/fake-platform.ts'
import { says, startRoad, testAccount } from '../../test/support/road.ts'

/** The service's own way in, without a conversation behind it: what is accepted waits. */
const road = await startRoad({
  uri: process.argv[2] ?? '',
  account: testAccount,
  keys: { dataKeys: [{ id: 'bench', key: createSecretKey(randomBytes(32)) }], hashSecret: randomBytes(32) },
  platform: createFakePlatform().platform,
  runTurn: async () => says(null),
  isWorking: false,
})
process.send?.({ type: 'ready', port: Number(new URL(road.webhookUrl).port) })
