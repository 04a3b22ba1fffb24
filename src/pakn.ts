import { runPakn } from './operator/program.ts'

process.exitCode = await runPakn(process.argv.slice(2), process.env, {
  result: (line) => process.stdout.write(`${line}\n`),
  say: (line) => process.stderr.write(`${line}\n`),
})
