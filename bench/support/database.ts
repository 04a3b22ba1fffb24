import { mkdtemp, readFile, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { findMongod, startMongod } from '../../src/store/mongod.ts'

/** A replica set of one measurement, on a folder that goes with it. */
export async function startBenchDatabase(): Promise<{ uri: string; processId: number; stop(): Promise<void> }> {
  const log = (line: string) => process.stderr.write(`${line}\n`)
  const { path } = await findMongod({
    binary: process.env.MONGOD_BINARY,
    dataDir: fileURLToPath(new URL('../../var', import.meta.url)),
    log,
  })
  const folder = await mkdtemp(join(tmpdir(), 'pakn-bench-'))
  const mongod = await startMongod({ dataDir: folder, binary: path, log })
  const owner = JSON.parse(await readFile(join(folder, 'mongodb', 'owner.json'), 'utf8')) as { mongodPid: number }
  return {
    uri: mongod.uri,
    processId: owner.mongodPid,
    async stop() {
      await mongod.stop()
      await rm(folder, { recursive: true, force: true })
    },
  }
}
