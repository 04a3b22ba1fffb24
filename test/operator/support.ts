import { runPakn } from '../../src/operator/program.ts'

export type Ran = { code: number; out: string; err: string }

/** Runs the operator's tool in this process with exactly this environment. */
export async function runTool(args: string[], env: Record<string, string>): Promise<Ran> {
  const out: string[] = []
  const err: string[] = []
  const output = { result: (line: string) => void out.push(line), say: (line: string) => void err.push(line) }
  const code = await runPakn(args, env, output)
  return { code, out: out.join('\n'), err: err.join('\n') }
}
