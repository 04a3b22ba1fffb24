import type { Units } from './case-ports.ts'

/** The communes of today by their statistical code, and what those of the former model have become. */
export function communesOf(units: Pick<Units, 'all'>) {
  const all = units.all().filter(({ level }) => level === 'commune')
  const codeOf = new Map(all.map((unit) => [unit.code, unit]))
  const today = new Map(all.filter(({ model }) => model === '2025').map((unit) => [unit.gsoCode, unit]))
  const former = new Map(all.filter(({ model }) => model === '2022').map((unit) => [unit.gsoCode, unit]))
  return {
    isOne: (code: string) => today.has(code),
    today(model: '2022' | '2025', code: string): string | null {
      if (model === '2025') return today.has(code) ? code : null
      const [next] = former.get(code)?.succeededBy ?? []
      return next === undefined ? null : (codeOf.get(next)?.gsoCode ?? null)
    },
  }
}
