/** Whom a notice to officers is for; the directory of people finds who they are today. */
export type Audience =
  | { to: 'person'; login: string }
  /** Who handles the case now, at the unit that leads. */
  | { to: 'handler'; unitCode: string }
  /** Who hands work out at the unit: its coordinators; at the Office, the intake officers. */
  | { to: 'coordinators'; unitCode: string }
  | { to: 'leaders'; unitCode: string }
  /** The intake officer who has the case; without one, all who take cases in at its intake unit. */
  | { to: 'intake' }
  | { to: 'officeLeaders' }
  | { to: 'publishers' }

/** Whether an audience belongs to a unit that has to do something, rather than to whoever watches over it. */
export function isOfUnit(audience: Audience): audience is Extract<Audience, { unitCode: string }> {
  return 'unitCode' in audience
}
