import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import type { TestProject } from 'vitest/node'
import { findMongod, startMongod } from '../../src/store/mongod.ts'

declare module 'vitest' {
  interface ProvidedContext {
    mongodbUri: string
    mongodBinary: string
  }
}

/** One replica set for the whole run, on a folder that goes with it; each test file takes its own database there. */
export default async function setup(project: TestProject) {
  const log = (line: string) => process.stderr.write(`${line}\n`)
  const { path } = await findMongod({
    binary: process.env.MONGOD_BINARY,
    dataDir: fileURLToPath(new URL('../../var', import.meta.url)),
    log,
  })
  const folder = await mkdtemp(join(tmpdir(), 'pakn-test-'))
  const mongod = await startMongod({ dataDir: folder, binary: path, log })
  project.provide('mongodbUri', mongod.uri)
  project.provide('mongodBinary', path)
  return async () => {
    await mongod.stop()
    await rm(folder, { recursive: true, force: true })
  }
}
