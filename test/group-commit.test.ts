import { expect, test } from 'vitest'
import { createGroupCommit } from '../src/group-commit.ts'

/** A write that ends when the test says so. */
function heldWrites() {
  const groups: number[][] = []
  const releases: ((error?: Error) => void)[] = []
  const write = (items: number[]) => {
    groups.push(items)
    return new Promise<number[]>((resolve, reject) => {
      releases.push((error) => (error === undefined ? resolve(items.map((item) => item * 10)) : reject(error)))
    })
  }
  return { groups, releases, write }
}

const tick = () => new Promise((resolve) => setTimeout(resolve, 5))

test('items that arrive during a write share the next one, in order, each with its own result', async () => {
  const { groups, releases, write } = heldWrites()
  const group = createGroupCommit({ write, itemsMax: 3 })
  const results = [1, 2].map((item) => group.add(item))
  await tick()
  results.push(...[3, 4, 5, 6].map((item) => group.add(item)))
  await tick()
  expect(groups).toEqual([[1, 2]])
  expect(group.size()).toBe(6)
  releases[0]?.()
  await tick()
  expect(groups).toEqual([
    [1, 2],
    [3, 4, 5],
  ])
  releases[1]?.()
  await tick()
  releases[2]?.()
  expect(await Promise.all(results)).toEqual([10, 20, 30, 40, 50, 60])
  await group.idle()
  expect(group.size()).toBe(0)
})

test('a write that fails fails its own items and no others', async () => {
  const { releases, write } = heldWrites()
  const group = createGroupCommit({ write, itemsMax: 1 })
  const first = group.add(1)
  const second = group.add(2)
  await tick()
  releases[0]?.(new Error('no'))
  await expect(first).rejects.toThrow('no')
  await tick()
  releases[1]?.()
  expect(await second).toBe(20)
  await group.idle()
})

test('a second write goes beside the first only with enough to do', async () => {
  const { groups, releases, write } = heldWrites()
  const group = createGroupCommit({ write, itemsMax: 8, writesAtOnceMax: 2, itemsBesideMin: 2 })
  const results = [group.add(1)]
  await tick()
  results.push(group.add(2))
  await tick()
  expect(groups).toEqual([[1]])
  results.push(group.add(3))
  await tick()
  expect(groups).toEqual([[1], [2, 3]])
  results.push(group.add(4), group.add(5))
  await tick()
  expect(groups).toHaveLength(2)
  for (const release of releases) release()
  await tick()
  releases[2]?.()
  expect(await Promise.all(results)).toEqual([10, 20, 30, 40, 50])
})
