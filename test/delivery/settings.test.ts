import { readFileSync } from 'node:fs'
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { expect, test } from 'vitest'
import { describeDelivery } from '../../src/delivery/describe.ts'
import { alsoByOf, DeliverySettingsError, MANDATORY_NOTICES, readDelivery } from '../../src/delivery/settings.ts'
import { pakn } from '../support/officers.ts'

const shipped = readFileSync(fileURLToPath(new URL('../../data/delivery.yaml', import.meta.url)), 'utf8')

function faultsOf(change: (text: string) => string): string[] {
  const text = change(shipped)
  expect(text).not.toBe(shipped)
  try {
    readDelivery(text, 'delivery.yaml')
  } catch (error) {
    if (error instanceof DeliverySettingsError) return error.faults
    throw error
  }
  return []
}

test('the shipped order is that of R5-1, both ways as R5-2 says', () => {
  const settings = readDelivery(shipped, 'delivery.yaml')
  expect(settings.order).toEqual(['chat', 'templateByUser', 'templateByPhone', 'sms', 'email'])
  const both = ['sms', 'email']
  expect(settings.alsoBy).toEqual({ N1: both, N2: both, N3: both })
})

test('every fault is named at once, with its line', () => {
  const faults = faultsOf((text) =>
    text
      .replace('order: [chat,', 'order: [chat, fax,')
      .replace('openHours: 168', 'openHours: 0')
      .replace('workItem:', 'work:'),
  )
  expect(faults).toHaveLength(4)
  expect(faults.join('\n')).toMatch(/delivery\.yaml:\d+ order\.1/)
  expect(faults.join('\n')).toMatch(/delivery\.yaml:\d+ chat\.openHours/)
  expect(faults.join('\n')).toMatch(/workItem/)
})

test('what does not fit together is refused', () => {
  expect(faultsOf((text) => text.replace('openHours: 168', 'openHours: 24')).join()).toContain('chat.openHours')
  expect(faultsOf((text) => text.replace('N1: [sms, email]', 'N1: [sms, sms]')).join()).toContain('alsoBy')
  // Nobody has to be told these at all, or they are none.
  for (const wrong of ['N5', 'N13', 'message'])
    expect(faultsOf((text) => text.replace('  N2: [sms', `  ${wrong}: [sms`)).join()).toContain('alsoBy')
  expect(faultsOf((text) => text.replace(', sms, email]', ', email]')).join()).toContain('sms is not in order')
  expect(faultsOf((text) => `${text}\norder: []\n`)).toHaveLength(1)
})

test('a list alone is for every mandatory notice, and an empty one for none', () => {
  const everywhere = (list: string) => readDelivery(shipped.replace(/alsoBy:\n( {2}N.*\n)+/, `alsoBy: ${list}\n`), 'x')
  expect(MANDATORY_NOTICES.map((notice) => alsoByOf(everywhere('[sms]'), notice))).toEqual(
    MANDATORY_NOTICES.map(() => ['sms']),
  )
  expect(describeDelivery(everywhere('[sms]'), null).vi.join('\n')).not.toContain('Một cách tới là đủ')
  const none = describeDelivery(everywhere('[]'), null)
  expect(none.vi.filter((line) => line.startsWith('Gửi cả bằng'))).toEqual([])
  expect(none.en.find((line) => line.startsWith('One way'))).toContain('N1 received; N2 supplement asked; N3 result')
})

test('the operator reads the order in both languages, and a broken file is refused with its fault', async () => {
  const folder = await mkdtemp(join(tmpdir(), 'pakn-delivery-'))
  const said = await pakn(['delivery'], { DATA_DIR: folder, QUIET_HOURS: '21:00-07:00' })
  expect(said).toContain('chat Zalo → mẫu tin ZBS theo tài khoản Zalo → mẫu tin ZBS theo số điện thoại → SMS')
  expect(said).toContain('Nothing leaves from 21:00 to 07:00')
  expect(said).toContain(
    'Gửi cả bằng SMS, thư điện tử khi biết địa chỉ, dù Zalo đã tới: N1 đã tiếp nhận; N2 yêu cầu bổ sung; N3 kết quả đã công khai.',
  )
  expect(said).toContain(
    'One way that arrives is enough and no SMS is spent beside it: N3b answered without publication',
  )
  await mkdir(join(folder, 'data'))
  await writeFile(
    join(folder, 'data', 'delivery.yaml'),
    shipped.replace('[chat, templateByUser', '[pigeon, templateByUser'),
  )
  await expect(pakn(['delivery'], { DATA_DIR: folder })).rejects.toThrow(/delivery\.yaml:\d+ order\.0/)
  await rm(folder, { recursive: true })
})
