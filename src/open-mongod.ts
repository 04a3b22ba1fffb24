import type { Config } from './config.ts'
import { findMongod, type RunningMongod, startMongod } from './store/mongod.ts'

/** The service's own `mongod`; null where the configuration names a database. It loads little, so that it can begin first. */
export async function openMongod(
  config: Pick<Config, 'dataDir' | 'mongodb'>,
  say: (line: string) => void,
): Promise<RunningMongod | null> {
  if (config.mongodb.uri !== null) return null
  const { dataDir } = config
  const binary = config.mongodb.binary ?? undefined
  const { path } = await findMongod({ dataDir, log: say, ...(binary === undefined ? {} : { binary }) })
  return startMongod({ dataDir, binary: path, log: say })
}
