import { readFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { expect, test } from 'vitest'
import { DeliverySettingsError, readDelivery } from '../../src/delivery/settings.ts'

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
  expect(settings.alsoBy).toEqual(['sms', 'email'])
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
  expect(faultsOf((text) => text.replace('alsoBy: [sms, email]', 'alsoBy: [sms, sms]')).join()).toContain('alsoBy')
  expect(faultsOf((text) => text.replace(', sms, email]', ', email]')).join()).toContain('sms is not in order')
  expect(faultsOf((text) => `${text}\norder: []\n`)).toHaveLength(1)
})
