import { flushCompileCache } from 'node:module'
import { setFlagsFromString } from 'node:v8'
import { runInNewContext } from 'node:vm'

/**
 * Once, when the start is over: keeps what was compiled for the next start, and gives the memory back that loading took for a
 * moment. V8 by itself keeps such pages in reserve for as long as the service has anything to do at all.
 */
export function tidyAfterStart(): void {
  flushCompileCache()
  setFlagsFromString('--expose-gc')
  const collect = runInNewContext('gc') as NodeJS.GCFunction
  setFlagsFromString('--no-expose-gc')
  collect({ type: 'major', execution: 'sync', flavor: 'last-resort' })
}
