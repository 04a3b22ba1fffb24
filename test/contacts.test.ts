import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { ContactsError, loadContacts, refusePlaceholders } from '../src/contacts.ts'

const shipped = 'data/contacts.json'
let directory: string

beforeAll(async () => {
  directory = await mkdtemp(join(tmpdir(), 'contacts-'))
})
afterAll(() => rm(directory, { recursive: true }))

async function changed(change: (source: { models: Record<string, Record<string, unknown>> }) => void): Promise<string> {
  const source = JSON.parse(await readFile(shipped, 'utf8'))
  change(source)
  const file = join(directory, `${Math.random()}.json`)
  await writeFile(file, JSON.stringify(source))
  return file
}

test('the shipped file knows Kon Tum 2022 and has only samples for the numbers of 2025', async () => {
  const contacts = await loadContacts(shipped)
  expect(contacts['2022'].values.soDienThoaiHoTro).toBe('0260.3797799')
  expect(contacts['2022'].placeholders).toEqual([])
  expect(contacts['2022'].officeHours[0]).toEqual({ fromMinute: 420, toMinute: 690 })
  expect(contacts['2025'].placeholders).toContain('diaChiTiepCongDan')
  expect(() => refusePlaceholders(shipped, contacts['2022'])).not.toThrow()
  expect(() => refusePlaceholders(shipped, contacts['2025'])).toThrow(/soDienThoaiHoTro: chưa nhập/)
})

test('every fault of a file is named at once', async () => {
  const file = await changed(({ models }) => {
    const model = models['2025'] ?? {}
    delete model.tenTinh
    model.sdt = { value: '1' }
    model.gioLamViec = { value: [{ from: '17:00', to: '13:30' }] }
  })
  const error = await loadContacts(file).catch((cause: unknown) => cause)
  expect(error).toBeInstanceOf(ContactsError)
  expect((error as ContactsError).faults.join('\n')).toMatch(/tenTinh/)
  expect((error as ContactsError).faults.join('\n')).toMatch(/gioLamViec.*giờ đầu/)
  expect((error as ContactsError).faults.join('\n')).toMatch(/sdt/)
})

test('a missing file is one clear sentence', async () => {
  await expect(loadContacts(join(directory, 'absent.json'))).rejects.toThrow(/không tìm thấy tệp/)
})
