import { spawn } from 'node:child_process'
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { hostname, tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { beginProcessRun } from '../../src/store/process-run.ts'

let folder: string

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'pakn-run-'))
})

afterEach(() => rm(folder, { recursive: true, force: true }))

async function keepAs(kept: { pid: number; startedAt?: string; host?: string }): Promise<void> {
  const whole = { processId: 'earlier', startedAt: '', host: hostname(), ...kept }
  await writeFile(join(folder, 'process.json'), JSON.stringify(whole))
}

/** The number of a process that has surely ended. */
async function endedPid(): Promise<number> {
  const child = spawn('true')
  const { pid } = child
  await new Promise((resolve) => child.once('exit', resolve))
  return pid ?? 0
}

test('the first run of a folder makes an id and keeps it', async () => {
  const run = await beginProcessRun(folder)
  expect(run.isHeir).toBe(false)
  expect(run.owner.startsWith(`${run.processId}/`)).toBe(true)
  expect(JSON.parse(await readFile(join(folder, 'process.json'), 'utf8'))).toMatchObject({
    processId: run.processId,
    pid: process.pid,
  })
})

test('a run whose process has ended is inherited, under a new owner', async () => {
  await keepAs({ pid: await endedPid() })
  const run = await beginProcessRun(folder)
  expect(run).toMatchObject({ processId: 'earlier', isHeir: true })
  expect(run.owner).not.toBe('earlier')
})

test('a number that was given out again to another process is told by the time of its start', async () => {
  await keepAs({ pid: process.pid, startedAt: 'another boot/1' })
  expect(await beginProcessRun(folder)).toMatchObject({ processId: 'earlier', isHeir: true })
})

test('a run that is still alive keeps its id and its file', async () => {
  const first = await beginProcessRun(folder)
  const second = await beginProcessRun(folder)
  expect(second.isHeir).toBe(false)
  expect(second.processId).not.toBe(first.processId)
  expect(JSON.parse(await readFile(join(folder, 'process.json'), 'utf8'))).toMatchObject({ processId: first.processId })
})

test('the run of another machine cannot be judged, so nothing is taken from it', async () => {
  await keepAs({ pid: await endedPid(), host: 'another-machine' })
  const run = await beginProcessRun(folder)
  expect(run.isHeir).toBe(false)
  expect(run.processId).not.toBe('earlier')
})
