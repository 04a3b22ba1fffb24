/** Every fault that this service answers with, and its status. A code is part of the interface: change it with care. */
export const statusOf = {
  bad_request: 400,
  unauthorized: 401,
  forbidden: 403,
  not_found: 404,
  method_not_allowed: 405,
  version_conflict: 409,
  too_large: 413,
  unsupported_media_type: 415,
  illegal_act: 422,
  unknown_act: 422,
  invalid_fields: 422,
  idempotency_key_reused: 422,
  version_required: 428,
  too_many_requests: 429,
  internal: 500,
  unavailable: 503,
} as const

export type ProblemCode = keyof typeof statusOf
