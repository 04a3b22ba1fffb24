import { readFile } from 'node:fs/promises'

/** The value below which `share` of the sorted numbers lie. */
export function percentile(numbers: number[], share: number): number {
  const sorted = [...numbers].sort((a, b) => a - b)
  return sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * share))] ?? 0
}

/** Processor time that a process has used, in milliseconds; 0 where the system does not tell. */
export async function processorMs(processId: number): Promise<number> {
  try {
    const line = await readFile(`/proc/${processId}/stat`, 'utf8')
    const [user, system] = line
      .slice(line.lastIndexOf(')') + 2)
      .split(' ')
      .slice(11, 13)
    return (Number(user) + Number(system)) * 10
  } catch {
    return 0
  }
}
