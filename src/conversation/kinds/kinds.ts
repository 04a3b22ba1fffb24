import type { Step } from '../schema.ts'
import { choice, consent, reuse, summary, text } from './choices.ts'
import { content, title } from './content.ts'
import type { Kind, Kinds } from './kind.ts'
import { personalData } from './personal-data.ts'
import { address, unit } from './place.ts'
import { bodyName, email, oneTimeCode, personName, phone } from './sender.ts'

/** A kind in the schema without a reader here does not compile. */
export const kinds: Kinds = {
  consent,
  content,
  title,
  unit,
  reuse,
  personName,
  bodyName,
  phone,
  oneTimeCode,
  address,
  email,
  choice,
  text,
  personalData,
  summary,
}

/** The kind of a step, seen as the kind of any step: its own type is checked in the record above. */
export function kindOf(step: Step): Kind<Step> {
  return kinds[step.ask] as unknown as Kind<Step>
}
