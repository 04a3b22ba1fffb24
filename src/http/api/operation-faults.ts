import { type ProblemCode, statusOf } from '../problem.ts'
import type { Operation } from './resource.ts'

/** Every fault that an operation can answer with: its own, and those that follow from what it takes. */
export function faultsOf(operation: Operation): ProblemCode[] {
  const { body, bodyType = 'application/json', faults, headers = [], path } = operation
  const found = new Set<ProblemCode>([
    'unauthorized',
    'forbidden',
    'invalid_fields',
    'too_many_requests',
    'internal',
    'unavailable',
  ])
  if (path.includes('{')) found.add('bad_request').add('not_found')
  if (body !== undefined) found.add('unsupported_media_type')
  if (body !== undefined && bodyType === 'application/json') found.add('bad_request').add('too_large')
  if (headers.some(({ name }) => name === 'Idempotency-Key')) found.add('idempotency_key_reused')
  for (const fault of faults) found.add(fault)
  return [...found].sort((one, other) => statusOf[one] - statusOf[other])
}
