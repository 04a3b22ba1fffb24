import { invalid } from './refusal.ts'

/** A part of a JSON body whose shape is not known yet. */
export type Json = Record<string, unknown>

export function isObject(value: unknown): value is Json {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}

export function objectAt(value: Json, name: string): Json {
  const field = value[name]
  if (!isObject(field)) throw invalid(name)
  return field
}

export function textAt(value: Json, name: string): string {
  const field = value[name]
  if (typeof field !== 'string' || field === '') throw invalid(name)
  return field
}

export function optionalText(value: Json, name: string): string | undefined {
  const field = value[name]
  if (field === undefined || field === null || field === '') return undefined
  if (typeof field !== 'string') throw invalid(name)
  return field
}

/** A whole number from 0 up; Zalo's clients send it as a number or as text. */
export function countAt(value: Json, name: string, fallback: number): number {
  const field = value[name]
  if (field === undefined) return fallback
  const count = typeof field === 'string' && /^\d+$/.test(field) ? Number(field) : field
  if (typeof count !== 'number' || !Number.isSafeInteger(count) || count < 0) throw invalid(name)
  return count
}

/** Zalo counts characters, not UTF-16 units. */
export function characters(text: string): number {
  return [...text].length
}
