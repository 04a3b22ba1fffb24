import { isMap, LineCounter, parseDocument } from 'yaml'
import type { z } from 'zod'

/** One thing wrong in a data file, with the place where a person mends it. `key` names a sentence in the locales. */
export type DataFault = {
  file: string
  line: number
  /** Dotted, as in `2026.off.3`; empty for the file as a whole. */
  path: string
  key: string
  params: Record<string, string | number>
}

/** A data file that must not be used; lists every fault at once. */
export class DataFileError extends Error {
  override readonly name = 'DataFileError'
  readonly code = 'data_file_faults'
  readonly faults: readonly DataFault[]

  constructor(faults: readonly DataFault[]) {
    const lines = faults.map(({ file, line, path, key, params }) => {
      const details = Object.entries(params).map(([name, value]) => `${name}=${value}`)
      return `  ${file}:${line}  ${[path, key, ...details].filter((part) => part !== '').join(' ')}`
    })
    super(`${faults.length} fault(s) in data files:\n${lines.join('\n')}`)
    this.faults = faults
  }
}

export type DataPath = readonly (string | number)[]

/** Reports a fault of meaning at a path of the file. */
export type Report = (path: DataPath, key: string, params?: Record<string, string | number>) => void

/**
 * Reads a JSON file's text by a schema and then by `check`, which sees only data of the right shape. Every fault carries its
 * line; a key written twice is a fault, for the file would have two readings.
 */
export function readDataFile<Shape>(
  file: string,
  text: string,
  schema: z.ZodType<Shape>,
  check: (data: Shape, report: Report) => void,
): { data: Shape; faults: DataFault[] } | { data: null; faults: DataFault[] } {
  const lineCounter = new LineCounter()
  const document = parseDocument(text, { lineCounter, uniqueKeys: true, version: '1.2', schema: 'json' })
  const faults: DataFault[] = document.errors.map((error) => ({
    file,
    line: lineCounter.linePos(error.pos[0]).line,
    path: '',
    key: error.code === 'DUPLICATE_KEY' ? 'dataFault.duplicateKey' : 'dataFault.syntax',
    params: {},
  }))
  if (faults.length > 0) return { data: null, faults }

  const report: Report = (path, key, params = {}) => {
    faults.push({ file, line: lineOf(path), path: path.join('.'), key, params })
  }
  function lineOf(path: DataPath): number {
    for (let length = path.length; length > 0; length -= 1) {
      const place = path.slice(0, length)
      // The key's own line, so that a fault in a long list names the list and not its first element's value.
      const parent = length === 1 ? document.contents : document.getIn(place.slice(0, -1), true)
      const pair = isMap(parent) ? parent.items.find((item) => String(item.key) === String(place.at(-1))) : undefined
      const node = (pair?.key ?? document.getIn(place, true)) as { range?: [number, number, number] } | undefined
      if (node?.range) return lineCounter.linePos(node.range[0]).line
    }
    return 1
  }

  const parsed = schema.safeParse(document.toJS())
  if (!parsed.success) {
    for (const issue of parsed.error.issues) {
      const path = issue.path.filter((part) => typeof part !== 'symbol')
      if (issue.code === 'unrecognized_keys')
        for (const key of issue.keys) report([...path, key], 'dataFault.unknownKey')
      else report(path, 'dataFault.shape', { problem: issue.message })
    }
    return { data: null, faults }
  }
  check(parsed.data, report)
  return { data: parsed.data, faults }
}
