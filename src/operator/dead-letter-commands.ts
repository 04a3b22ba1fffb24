import type { Command } from 'commander'
import { formatTime } from '../cases/days.ts'
import { createInboxStore } from '../store/inbox-store.ts'
import type { Opened, Run } from './open.ts'
import { OperatorError, record } from './output.ts'

/** `dead-letters …`. */
export function addDeadLetterCommands(program: Command, run: Run): void {
  const letters = program
    .command('dead-letters')
    .description('Tin đến mà dịch vụ đã thử nhiều lần không xử lý được / events that were given up after several tries')
  letters
    .command('list')
    .description('Liệt kê: khóa, loại, lý do, lúc gửi, lúc bỏ / list: key, event, reason, when sent, when given up')
    .action(() =>
      run(async (opened, output) => {
        for (const one of await inboxOf(opened).deadLetters.list({ limit: listMax })) {
          output.result(record(one.key, one.eventName, one.reason, formatTime(one.at), formatTime(one.settledAt)))
        }
      }),
    )
  letters
    .command('replay')
    .description(
      'Cho xử lý lại một tin, sau khi đã sửa nguyên nhân / let one event be handled again, once its cause is mended',
    )
    .argument('<key>', 'khóa trong danh sách / key from the list')
    .action((key: string) =>
      run(async (opened, output) => {
        if (!(await inboxOf(opened).deadLetters.replay(key))) {
          throw new OperatorError(
            'Không có tin nào mang khóa này trong danh sách.',
            'No event of the list has this key.',
          )
        }
        output.say(
          'Tin sẽ được xử lý lại khi dịch vụ đang chạy. / The event will be handled again by the running service.',
        )
      }),
    )
}

const listMax = 10_000

const inboxOf = ({ database, keyring }: Opened) => createInboxStore({ database, cipher: keyring.fields })
