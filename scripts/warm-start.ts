/**
 * Compiles what a start loads and keeps it, so that the first start after an installation takes no longer than the next ones. A
 * start without it is slower and nothing else: no fault here ends an installation.
 */
try {
  await import('../src/app.ts')
  await import('../src/simulator/simulator.ts')
} catch (error) {
  process.stderr.write(`the first start will take a second longer: ${String(error)}\n`)
}
process.exit(0)
