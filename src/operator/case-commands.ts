import type { Command } from 'commander'
import { verifyChain } from '../cases/history.ts'
import { createCaseStore, openCaseCollections } from '../store/case-store.ts'
import type { Run } from './open.ts'
import { OperatorError, record } from './output.ts'

/** `verify [code]`. */
export function addCaseCommands(program: Command, run: Run): void {
  program
    .command('verify')
    .description(
      'Kiểm tra chuỗi lịch sử của một hoặc mọi hồ sơ; in từng lỗi: mã, dòng, lỗi / check the chained history of one case or of all; prints each fault: code, line, fault',
    )
    .argument('[code]', 'mã hồ sơ / case code')
    .action((code: string | undefined) =>
      run(async ({ database, keyring }, output) => {
        const cases = createCaseStore({
          database,
          collections: await openCaseCollections(database),
          cipher: keyring.fields,
          hash: keyring.hash,
          queueMessages: () => Promise.reject(new Error('this command only reads')),
          answerBy: () => null,
        })
        let checked = 0
        let faulty = 0
        for await (const one of code === undefined ? cases.codes() : [code]) {
          const head = await cases.head(one)
          if (head === null) throw new OperatorError(`Không có hồ sơ ${one}.`, `There is no case ${one}.`)
          const faults = verifyChain(await cases.history(one), head)
          for (const fault of faults) output.result(record(one, fault.seq, fault.code))
          checked += 1
          if (faults.length > 0) faulty += 1
        }
        if (faulty > 0) {
          throw new OperatorError(
            `${faulty} trong ${checked} hồ sơ có lịch sử bị thay đổi.`,
            `The history of ${faulty} of ${checked} cases was changed.`,
          )
        }
        output.say(`Đã kiểm tra ${checked} hồ sơ, không có lỗi. / ${checked} cases checked, no fault.`)
      }),
    )
}
