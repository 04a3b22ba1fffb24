import type { Command } from 'commander'
import { readConfig } from '../config.ts'
import { describeDelivery } from '../delivery/describe.ts'
import { findDelivery, loadDelivery } from '../delivery/settings.ts'
import type { Output } from './output.ts'

/** `delivery`: needs no database. */
export function addDeliveryCommand(program: Command, env: Record<string, string | undefined>, output: Output): void {
  program
    .command('delivery')
    .description(
      'Cách báo tin cho người gửi, bằng lời; kiểm tra tệp delivery.yaml / how senders are told, in words; checks delivery.yaml',
    )
    .action(async () => {
      const config = readConfig(env)
      const file = findDelivery(config.dataDir)
      const { vi, en } = describeDelivery(await loadDelivery(file), config.quietHours)
      output.say(file)
      output.result([...vi, '', ...en].join('\n'))
    })
}
