import type { Config } from './config.ts'
import { findMongod, type RunningMongod, startMongod } from './store/mongod.ts'

export type OwnMongod = {
  /** Resolves when its process is there or there will be none. Loading other things from then on costs it no time. */
  begun: Promise<void>
  /** Null where the configuration names a database. */
  running: Promise<RunningMongod | null>
}

/** Begins the service's own `mongod`. It loads little, so that it can come first. */
export function openMongod(config: Pick<Config, 'dataDir' | 'mongodb'>, say: (line: string) => void): OwnMongod {
  const begun = Promise.withResolvers<void>()
  const running = start(config, say, begun.resolve)
  running.then(() => begun.resolve(), begun.resolve)
  return { begun: begun.promise, running }
}

async function start(
  config: Pick<Config, 'dataDir' | 'mongodb'>,
  say: (line: string) => void,
  spawned: () => void,
): Promise<RunningMongod | null> {
  if (config.mongodb.uri !== null) return null
  const { dataDir } = config
  const binary = config.mongodb.binary ?? undefined
  const { path } = await findMongod({ dataDir, log: say, ...(binary === undefined ? {} : { binary }) })
  return startMongod({ dataDir, binary: path, log: say, spawned })
}
