import type { Case, CaseAttachment } from '../../cases/case.ts'
import { stateLabelKey } from '../../cases/words.ts'
import type { Params } from '../../conversation/effects.ts'
import { formatPhone } from '../../conversation/text/phone.ts'
import type { CaseFacts } from '../../usecases/case-facts.ts'
import type { Dossier } from '../../usecases/dossiers.ts'
import type { Locale, Texts } from '../../usecases/ports.ts'
import type { Block, Printed } from './printed.ts'

export type PrintDeps = { texts: Pick<Texts, 'translate'>; unitName(code: string): string }

type Printing = {
  current: Case
  isFull: boolean
  withFiles: boolean
  t(key: string, params?: Params): string
  unit(code: string | null): string
}

type Rows = (readonly [string, string | null])[]

/**
 * A case on paper (R6-7): everything that its reader may see, in the order in which it happened. `by` is the login of who
 * prints; null for the sender's own copy, which shows neither officers nor internal notes.
 */
export function printCase(
  { texts, unitName }: PrintDeps,
  dossier: Dossier,
  facts: Pick<CaseFacts, 'clocks'>,
  asked: { at: number; by: string | null; locale: Locale },
): Printed {
  const { current, view, sight } = dossier.seen
  const t = (key: string, params?: Params) => texts.translate(asked.locale, key, params)
  const printing: Printing = {
    current,
    isFull: sight.sender,
    withFiles: sight.files,
    t,
    unit: (code) => (code === null ? '' : unitName(code)),
  }
  const isOwn = asked.by === null
  const at = { time: asked.at }
  const blocks: Block[] = [
    { type: 'title', text: t(isOwn ? 'print.ownTitle' : 'print.title') },
    { type: 'note', text: isOwn ? t('print.made', { at }) : t('print.madeBy', { at, by: asked.by ?? '' }) },
    ...(view === 'full' ? [] : [{ type: 'note' as const, text: t('print.masked') }]),
    ...handling(printing, facts, isOwn),
    ...sender(printing),
    ...matter(printing),
    ...steps(printing, isOwn),
    ...result(printing, isOwn),
    ...noticesOf(printing, dossier),
    ...(isOwn ? [] : historyOf(printing, dossier)),
  ]
  return {
    title: `${current.code} · ${current.title}`,
    language: asked.locale,
    blocks,
    foot: t('print.page', { code: current.code, number: '{number}', count: '{count}' }),
  }
}

function handling({ current, t, unit }: Printing, { clocks }: Pick<CaseFacts, 'clocks'>, isOwn: boolean): Block[] {
  const answerBy = clocks.answerBy === null ? t('print.paused') : t('print.day', { day: { day: clocks.answerBy } })
  return section(t('print.handling'), [
    [t('print.code'), current.code],
    [t('print.nationalCode'), current.nationalCode],
    [t('print.state'), t(stateLabelKey(current.state), { code: current.parentCode ?? '' })],
    [t('print.channel'), t(`case.channel.${current.channel}`)],
    [t('print.receivedAt'), t('print.moment', { at: { time: current.receivedAt } })],
    [t('print.enteredBy'), isOwn ? null : current.enteredBy],
    [t('print.originalDocNumber'), current.originalDocNumber],
    [t('print.intakeUnit'), unit(current.intakeUnitCode)],
    [t('print.leadUnit'), unit(current.leadUnitCode)],
    [t('print.coordinatingUnits'), current.coordinatingUnitCodes.map(unit).join('; ')],
    [t('print.handler'), isOwn ? null : current.handler],
    [t('print.contentKind'), current.contentKind === null ? null : t(`case.contentKind.${current.contentKind}`)],
    [t('print.field'), current.field === null ? null : t(`case.field.${current.field}`)],
    [t('print.ruleSet'), current.ruleSetId],
    [t('print.answerBy'), answerBy],
  ])
}

function sender({ current, isFull, t }: Printing): Block[] {
  const { location } = current
  return section(t('print.sender'), [
    [t('print.submitterType'), t(`web.senders.${current.submitterType}`)],
    [t('print.name'), current.name],
    [t('print.contactPerson'), current.contactPerson],
    [t('print.phone'), isFull ? formatPhone(current.phone) : current.phone],
    [t('print.email'), current.email],
    [t('print.address'), isFull ? current.address.text : null],
    [t('print.location'), isFull && location !== null ? `${location.latitude}, ${location.longitude}` : null],
  ])
}

function matter({ current, isFull, withFiles, t }: Printing): Block[] {
  const extra = isFull ? Object.values(current.extra).map(({ label, value }): [string, string] => [label, value]) : []
  return [
    ...section(t('print.matter'), [
      [t('print.subject'), current.title],
      [
        t('print.incidentDate'),
        current.incidentDate === null ? null : t('print.day', { day: { day: current.incidentDate } }),
      ],
      [t('print.dossierCode'), current.dossierCode],
      [t('print.concernedUnit'), current.concernedUnit],
      ...extra,
    ]),
    { type: 'text', text: current.content },
    ...filesOf(t, withFiles ? current.attachments : []),
  ]
}

function steps({ current, withFiles, t, unit }: Printing, isOwn: boolean): Block[] {
  const supplements = current.supplements.flatMap(({ askedAt, missing, answeredAt, text, attachments }): Block[] => [
    { type: 'text', text: t('print.asked', { at: { time: askedAt }, missing }) },
    ...(answeredAt === null
      ? []
      : [{ type: 'text' as const, text: t('print.added', { at: { time: answeredAt }, text }) }]),
    ...filesOf(t, withFiles ? attachments : []),
  ])
  const progress = current.progressUpdates.map(
    ({ at, text }): Block => ({ type: 'text', text: `${t('print.moment', { at: { time: at } })}: ${text}` }),
  )
  const opinions = current.opinions.map(
    ({ unitCode, question, opinion }): Block => ({
      type: 'text',
      text: t('print.opinionLine', { unit: unit(unitCode), question, opinion: opinion ?? t('print.noOpinion') }),
    }),
  )
  const urges = current.urges.map(
    ({ number, unitCode, answerBy, text }): Block => ({
      type: 'text',
      text: t('print.urgeLine', { number, unit: unit(unitCode), day: { day: answerBy }, text }),
    }),
  )
  return [
    ...listed(t('print.supplements'), supplements),
    ...listed(t('print.progress'), progress),
    ...(isOwn
      ? []
      : [
          ...listed(t('print.opinions'), opinions),
          ...listed(t('print.urges'), urges),
          ...escalations({ current, t, unit }),
        ]),
  ]
}

function escalations({ current, t, unit }: Pick<Printing, 'current' | 't' | 'unit'>): Block[] {
  const all = [...current.escalationHistory, ...(current.escalation === null ? [] : [current.escalation])]
  return all.flatMap(({ reasonCode, positions, proposal, decision }) =>
    section(t('print.escalation'), [
      [t('print.reason'), t(`case.escalationReason.${reasonCode}`)],
      ...positions.map(({ unitCode, text }): [string, string] => [unit(unitCode), text]),
      [t('print.proposal'), proposal],
      [t('print.decision'), decision?.text ?? null],
      [t('print.decidedBy'), decision?.decidedBy ?? null],
      [t('print.documentNumber'), decision?.documentNumber ?? null],
      [t('print.date'), decision === null ? null : t('print.day', { day: { day: decision.date } })],
    ]),
  )
}

function result({ current, withFiles, t, unit }: Printing, isOwn: boolean): Block[] {
  const { refusal, unpublished, transferOut, rating, disagreement, withdrawal, publication } = current
  // An answer reaches the sender only once it has left the province's own hands.
  const isReleased = current.state === 'PUBLISHED' || current.state === 'ANSWERED_UNPUBLISHED'
  const answers = isOwn
    ? isReleased && current.answer !== null
      ? [current.answer]
      : []
    : [...current.answerHistory, ...(current.answer === null ? [] : [current.answer])]
  return [
    ...(refusal === null
      ? []
      : section(t('print.refusal'), [
          [t('print.reason'), `${t(`case.refusalReason.${refusal.reasonCode}`)}. ${refusal.reason}`],
          [t('print.guidance'), refusal.guidance],
        ])),
    ...answers.flatMap((answer, index): Block[] => [
      ...section(t(index < answers.length - 1 ? 'print.earlierAnswer' : 'print.answer'), [
        [t('print.leadUnit'), unit(answer.unitCode)],
        [t('print.answeredAt'), t('print.moment', { at: { time: answer.at } })],
        [t('print.answerForm'), t(`case.answerForm.${answer.form}`)],
        [t('print.legalBasis'), answer.legalBasis],
        [t('print.answeredBy'), isOwn ? null : `${answer.writtenBy}, ${answer.approvedBy}`],
      ]),
      { type: 'text', text: answer.text },
      ...filesOf(t, withFiles ? answer.attachments : []),
    ]),
    ...(publication === null
      ? []
      : [
          ...section(t('print.publication'), [
            [t('print.publishedAt'), t('print.moment', { at: { time: publication.publishedAt } })],
            [
              t('print.correctedAt'),
              publication.correctedAt === null ? null : t('print.moment', { at: { time: publication.correctedAt } }),
            ],
            [t('print.subject'), publication.title],
          ]),
          ...(publication.content === null ? [] : [{ type: 'text' as const, text: publication.content }]),
          { type: 'text' as const, text: publication.answer },
        ]),
    ...(unpublished === null
      ? []
      : section(t('print.unpublished'), [
          [t('print.reason'), `${t(`case.unpublishedReason.${unpublished.reasonCode}`)}. ${unpublished.reason}`],
        ])),
    ...(transferOut === null
      ? []
      : section(t('print.transferOut'), [
          [t('print.body'), transferOut.body],
          [t('print.documentNumber'), transferOut.documentNumber],
          [t('print.date'), t('print.day', { day: { day: transferOut.date } })],
        ])),
    ...(rating === null
      ? []
      : section(t('print.rating'), [[t('print.stars', { stars: rating.stars }), rating.comment ?? ' ']])),
    ...(disagreement === null ? [] : listed(t('print.disagreement'), [{ type: 'text', text: disagreement.text }])),
    ...(withdrawal === null ? [] : section(t('print.withdrawal'), [[t('print.reason'), withdrawal.reason ?? ' ']])),
  ]
}

function noticesOf({ t }: Printing, { notices }: Dossier): Block[] {
  if (notices.length === 0) return []
  return [
    { type: 'heading', text: t('print.notices') },
    {
      type: 'table',
      columns: [t('print.notice'), t('print.noticeAt'), t('print.noticeState')],
      widths: [0.4, 0.3, 0.3],
      rows: notices.map(({ notice, createdAt, state }) => [
        t(`case.notice.${notice}`),
        t('print.moment', { at: { time: createdAt } }),
        t(`case.noticeState.${state}`),
      ]),
    },
  ]
}

function historyOf({ t }: Printing, { history }: Dossier): Block[] {
  const named = (actor: string) =>
    actor === 'citizen' ? t('print.citizen') : actor === 'system' ? t('print.system') : actor
  const last = history.at(-1)
  return [
    { type: 'heading', text: t('print.history') },
    {
      type: 'table',
      columns: [t('print.seq'), t('print.time'), t('print.actor'), t('print.act'), t('print.hash')],
      widths: [0.07, 0.23, 0.2, 0.32, 0.18],
      rows: history.map(({ seq, at, actor, act, hash }) => [
        String(seq),
        t('print.moment', { at: { time: Date.parse(at) } }),
        named(actor),
        t(`case.act.${act}`),
        hash.slice(0, 12),
      ]),
    },
    ...(last === undefined ? [] : [{ type: 'note' as const, text: t('print.chain', { hash: last.hash }) }]),
  ]
}

/** A heading with its facts; what is not known has no line, and a section without a line no heading. */
function section(heading: string, rows: Rows): Block[] {
  const known = rows.flatMap(([label, value]) => (value === null || value === '' ? [] : [[label, value] as const]))
  return known.length === 0
    ? []
    : [
        { type: 'heading', text: heading },
        { type: 'facts', rows: known },
      ]
}

function listed(heading: string, blocks: readonly Block[]): Block[] {
  return blocks.length === 0 ? [] : [{ type: 'heading', text: heading }, ...blocks]
}

function filesOf(t: Printing['t'], attachments: readonly CaseAttachment[]): Block[] {
  if (attachments.length === 0) return []
  const lines = attachments.map(({ name, sizeBytes, sha256 }) =>
    t('print.fileLine', { name, size: Math.ceil(sizeBytes / 1024), sha256 }),
  )
  return [{ type: 'note', text: [t('print.files'), ...lines].join('\n') }]
}
