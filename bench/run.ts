const benches: Record<string, () => Promise<{ run(parameters: string[]): Promise<void> }>> = {
  broadcast: () => import('./broadcast.ts'),
  clock: () => import('./clock.ts'),
  crash: () => import('./crash.ts'),
  lifecycle: () => import('./lifecycle.ts'),
  faults: () => import('./faults.ts'),
  lists: () => import('./lists.ts'),
  outbox: () => import('./outbox.ts'),
  start: () => import('./start.ts'),
  turns: () => import('./turns.ts'),
  webhook: () => import('./webhook.ts'),
}

const name = process.argv[2] ?? ''
const load = Object.hasOwn(benches, name) ? benches[name] : undefined
if (load === undefined) {
  process.stderr.write(`usage: npm run bench -- NAME; names are ${Object.keys(benches).join(', ')}\n`)
  process.exitCode = 2
} else {
  await (await load()).run(process.argv.slice(3))
}
