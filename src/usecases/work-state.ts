import type { Case } from '../cases/case.ts'
import { stateOfWork, type WorkFact } from '../cases/clock-acts.ts'
import type { Params, Sentence } from '../conversation/effects.ts'
import type { Texts } from './ports.ts'

/**
 * How a case stands, in plain words that its record proves: the draft of an update (U) for the unit, and what the citizen hears
 * where the unit has written none. Never says that something was done that nobody has recorded.
 */
export function describeWork(
  current: Case,
  deps: { texts: Pick<Texts, 'translate'>; unitName(code: string): string },
  options: { isUnitSilent: boolean },
): string {
  const sentences: Sentence[] = [
    ...stateOfWork(current).map((fact) => sentenceOf(fact, deps.unitName)),
    ...(options.isUnitSilent ? [{ key: 'work.unitSilent' }] : [{ key: 'work.notDone' }]),
  ]
  // Citizens write in Vietnamese here; an officer edits the same words.
  return sentences.map(({ key, params }) => deps.texts.translate('vi', key, params)).join(' ')
}

function sentenceOf(fact: WorkFact, unitName: (code: string) => string): Sentence {
  const key = `work.${fact.fact}`
  if (fact.fact === 'opinions') {
    return { key, params: { units: { list: fact.unitCodes.map(unitName) } } }
  }
  const params: Params = { day: { day: fact.day } }
  return { key, params: fact.fact === 'escalated' ? params : { ...params, unit: unitName(fact.unitCode) } }
}
