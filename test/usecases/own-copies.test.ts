import { createHmac, randomBytes } from 'node:crypto'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { createOwnCopies, type OwnCopies } from '../../src/usecases/own-copies.ts'
import { type House, openHouse, receivedAt } from '../http/api/support.ts'
import { testDatabase } from '../support/database.ts'

const { uri } = testDatabase()
const secret = randomBytes(32)
const hour = 3_600_000
let house: House
let copies: OwnCopies

beforeAll(async () => {
  house = await openHouse(uri)
  copies = createOwnCopies({
    find: house.cases.find,
    dossiers: house.dossiers,
    keyOf: (value) => createHmac('sha256', secret).update(value).digest('base64url'),
    publicUrl: 'https://pakn.example.vn',
  })
})
afterAll(() => house.close())

async function linkFor(code: string): Promise<{ code: string; proof: string }> {
  const current = await house.cases.find(code)
  const link = current === null ? null : copies.linkTo(current, receivedAt)
  const [, linked = '', proof = ''] = /^https:\/\/pakn\.example\.vn\/ban-sao\/([^/]+)\/(.+)$/.exec(link ?? '') ?? []
  return { code: linked, proof }
}

test('the sender reads the whole case at an address that ends after a day', async () => {
  const { code, proof } = await linkFor(await house.file())
  const dossier = await copies.open(code, proof, receivedAt + hour)
  expect(dossier?.seen).toMatchObject({ view: 'full', current: { code, phone: '+84905000012' } })
  expect(dossier?.notices.map(({ notice }) => notice)).toEqual(['N1'])
  expect(await copies.open(code, proof, receivedAt + 23.9 * hour)).not.toBeNull()
  expect(await copies.open(code, proof, receivedAt + 24.1 * hour)).toBeNull()
})

test('an address cannot be made, stretched or used for another case', async () => {
  const { code, proof } = await linkFor(await house.file())
  const other = await house.file()
  const [until = '', mac = ''] = proof.split('.')
  const later = (Number.parseInt(until, 36) + 86_400).toString(36)
  const flipped = `${mac.slice(0, -2)}${mac.at(-2) === 'A' ? 'B' : 'A'}${mac.at(-1)}`
  for (const [asked, given] of [
    [other, proof],
    [code, `${later}.${mac}`],
    [code, `${until}.${flipped}`],
    [code, `${until}.`],
    [code, mac],
    [code, `${until}.${mac}x`],
    ['PAKN.20200101.0001', proof],
  ] as const) {
    expect(await copies.open(asked, given, receivedAt), given).toBeNull()
  }
})

test('a case without a sender in the chat has no address', async () => {
  const current = await house.cases.find(await house.file())
  expect(current === null ? '' : copies.linkTo({ ...current, citizenKey: null }, receivedAt)).toBeNull()
})
