import { flushCompileCache } from 'node:module'
import { setFlagsFromString } from 'node:v8'
import { runInNewContext } from 'node:vm'

/**
 * Once, when the start is over: keeps what was compiled for the next start, and gives the memory back that loading took for a
 * moment, with the code that only a start needs. V8 by itself keeps such pages in reserve for as long as the service has anything
 * to do at all. `npm start` begins without the quick compiler, whose code for what runs once would only be in the way; from here on
 * it may do its work.
 */
export function tidyAfterStart(): void {
  flushCompileCache()
  for (const flag of ['--expose-gc', '--stress-flush-code']) setFlagsFromString(flag)
  const collect = runInNewContext('gc') as NodeJS.GCFunction
  for (let time = 0; time < 2; time++) collect({ type: 'major', execution: 'sync', flavor: 'last-resort' })
  for (const flag of ['--no-expose-gc', '--no-stress-flush-code', '--sparkplug']) setFlagsFromString(flag)
}
