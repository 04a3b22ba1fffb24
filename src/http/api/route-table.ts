import type { Operation } from './resource.ts'

/** What is known of an address: its operations by method, and the methods as `Allow` names them. */
export type KnownRoute = { operations: ReadonlyMap<string, Operation>; allow: string }

/** Finds the operations behind a path of the API; null where no operation has it. */
export function createRouteTable(operations: readonly Operation[]): (path: string) => KnownRoute | null {
  const templates = [...Map.groupBy(operations, ({ path }) => path)].map(([path, of]) => ({
    // Express takes one slash more at the end.
    pattern: new RegExp(`^${path.replace(/\{\w+\}/g, '[^/]+')}/?$`),
    variables: path.split('{').length,
    of,
  }))
  // Of two templates that fit, such as /cases/{code} and /cases/counts, the one with more of the path in it says more.
  templates.sort((one, other) => one.variables - other.variables)

  return (path) => {
    const fitting = templates.filter(({ pattern }) => pattern.test(path)).flatMap(({ of }) => of)
    if (fitting.length === 0) return null
    const found = new Map<string, Operation>()
    for (const operation of fitting) {
      const method = operation.method.toUpperCase()
      if (!found.has(method)) found.set(method, operation)
    }
    const get = found.get('GET')
    if (get !== undefined) found.set('HEAD', get)
    return { operations: found, allow: [...found.keys(), 'OPTIONS'].join(', ') }
  }
}
