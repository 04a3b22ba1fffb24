import type { Command } from 'commander'
import { rotateFields } from '../store/rotate-keys.ts'
import { sealedFields } from '../store/sealed-fields.ts'
import type { Run } from './open.ts'
import { OperatorError } from './output.ts'

/** `keys …`. */
export function addKeyCommands(program: Command, run: Run): void {
  const keys = program.command('keys').description('Khóa mã hóa dữ liệu / keys of the encrypted data')
  keys
    .command('rotate')
    .description(
      'Mã hóa lại mọi dữ liệu bằng khóa đầu tiên trong DATA_KEYS, khi dịch vụ vẫn chạy / encrypt everything anew with the first key of DATA_KEYS, while the service runs',
    )
    .action(() =>
      run(async ({ database, keyring, rotateFiles }, output) => {
        const db = database.connection.getClient().db(database.connection.name)
        let fields = 0
        let files = 0
        for (let pass = 1; pass <= passesMax; pass++) {
          output.say(`Lượt ${pass} / pass ${pass}`)
          const rewritten = await rotateFields(db, keyring.fields, sealedFields, (done) =>
            output.say(`  ${done.collection}.${done.path}: ${done.rewritten}`),
          )
          const rewrittenFiles = await rotateFiles()
          output.say(`  tệp / files: ${rewrittenFiles}`)
          fields += rewritten
          files += rewrittenFiles
          // What the service wrote meanwhile with an older key is found by one more pass.
          if (pass > 1 && rewritten + rewrittenFiles === 0) {
            await keyring.rewrap()
            const retired = await keyring.retireOldKeys()
            output.result(`fields\t${fields}`)
            output.result(`files\t${files}`)
            output.result(`retired\t${retired.join(',') || '-'}`)
            return
          }
        }
        throw new OperatorError(
          'Dịch vụ đang chạy vẫn ghi bằng khóa cũ: hãy khởi động lại dịch vụ với DATA_KEYS mới rồi chạy lại lệnh này.',
          'A running service still writes with an old key: restart it with the new DATA_KEYS, then run this again.',
        )
      }),
    )
}

const passesMax = 5
