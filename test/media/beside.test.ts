import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { pathToFileURL } from 'node:url'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { createBeside } from '../../src/media/beside.ts'

let folder: string
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'beside-'))
})
afterAll(() => rm(folder, { recursive: true, force: true }))

async function worker(name: string, code: string): Promise<URL> {
  const path = join(folder, `${name}.mjs`)
  await writeFile(path, `import { parentPort, workerData } from 'node:worker_threads'\n${code}`)
  return pathToFileURL(path)
}
const bounds = { atOnceMax: 2, waitingMax: 3, timeoutMs: 5_000, memoryMegabytesMax: 64 }

test('so many run at once and no more, the others wait, too many are refused, and all get their own result', async () => {
  const shared = new Int32Array(new SharedArrayBuffer(12))
  const file = await worker(
    'count',
    `const shared = workerData.shared
     Atomics.add(shared, 0, 1)
     // The first one waits for the second: only two at once get on at all.
     Atomics.add(shared, 2, 1)
     while (Atomics.load(shared, 2) < 2) await new Promise((resolve) => setTimeout(resolve, 5))
     const now = Atomics.load(shared, 0)
     if (now > Atomics.load(shared, 1)) Atomics.store(shared, 1, now)
     await new Promise((resolve) => setTimeout(resolve, 30))
     Atomics.sub(shared, 0, 1)
     parentPort.postMessage(workerData.number * 10)`,
  )
  const run = createBeside<{ shared: Int32Array; number: number }, number>({ file, ...bounds })
  const outcomes = await Promise.allSettled([1, 2, 3, 4, 5, 6].map((number) => run({ shared, number })))
  expect(outcomes.map((one) => (one.status === 'fulfilled' ? one.value : one.reason.code))).toEqual([
    10,
    20,
    30,
    40,
    50,
    'tooMany',
  ])
  expect(shared[1]).toBe(2)
  expect(await run({ shared, number: 7 })).toBe(70)
})

test('work that never ends, ends without a result or fails is told apart, and makes room', async () => {
  const never = createBeside({ file: await worker('never', 'setInterval(() => {}, 1000)'), ...bounds, timeoutMs: 100 })
  const silent = createBeside({ file: await worker('silent', ''), ...bounds })
  const broken = createBeside({ file: await worker('broken', 'throw new TypeError("broken")'), ...bounds })
  for (let round = 0; round < 3; round++) {
    await expect(never(null)).rejects.toMatchObject({ code: 'timeout' })
    await expect(silent(null)).rejects.toMatchObject({ code: 'ended' })
    await expect(broken(null)).rejects.toThrow('broken')
  }
})
