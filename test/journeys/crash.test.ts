import { expect, inject, test } from 'vitest'
import { runCrash } from '../../bench/support/crash-run.ts'
import { testDatabase } from '../support/database.ts'

const { uri } = testDatabase()
const nothing = { lost: [], doubled: [], other: [] }

test('kill -9 at any moment, alone or with its mongod, loses nothing, doubles nothing and holds nobody up', async () => {
  const reports = await Promise.all([
    runCrash({ name: 'service alone', kills: 3, citizensAtOnce: 8, mongodbUri: uri }),
    runCrash({
      name: 'with mongod',
      kills: 2,
      citizensAtOnce: 8,
      mongodbUri: null,
      mongodBinary: inject('mongodBinary'),
    }),
  ])
  for (const { lost, doubled, other, cases, citizens } of reports) {
    expect({ lost, doubled, other }).toEqual(nothing)
    expect(cases).toBe(citizens)
    expect(cases).toBeGreaterThan(8)
  }
}, 90_000)
