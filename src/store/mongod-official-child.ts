import { MongoBinary } from 'mongodb-memory-server-core'

const downloadDir = process.argv[2] ?? '.'
try {
  process.stdout.write(`\npath ${await MongoBinary.getPath({ downloadDir })}\n`)
} catch (error) {
  process.stdout.write(`\nfault ${error instanceof Error ? error.message.replaceAll(/\s+/g, ' ') : String(error)}\n`)
  process.exitCode = 1
}
