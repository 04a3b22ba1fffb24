/** Zalo says no, with HTTP 200 and a number in the body (zalo §10). */
export class Refusal extends Error {
  override readonly name = 'Refusal'
  readonly code: number
  constructor(code: number, message: string) {
    super(message)
    this.code = code
  }
}

export function invalid(parameter: string): Refusal {
  return new Refusal(-201, `${parameter} is invalid`)
}
