import type { Grant } from './transition.ts'

/** The people of the focal unit, or of a unit with intake of its own (R7-3), who take cases in. */
const INTAKE = [
  'intakeOfficer:office',
  'officeLeader:office',
  'intakeOfficer:directIntake',
  'agencyCoordinator:directIntake',
] as const satisfies readonly Grant[]
const LEADER = ['officeLeader:office'] as const satisfies readonly Grant[]
const UNIT = ['agencyCoordinator:lead', 'handler:assigned', 'agencyLeader:lead'] as const satisfies readonly Grant[]
const COORDINATING = ['agencyCoordinator:coordinating', 'agencyLeader:coordinating'] as const satisfies readonly Grant[]

/**
 * Roles and rights of §7.2 as one table: every right with the roles that have it, and for which cases. Reading, masking, acts,
 * files, history, exports and the pages about people all look here; nothing else decides who may do what.
 */
export const MATRIX = {
  /** That there is such a case: its code, state, days and units. */
  know: [...INTAKE, 'publisher:office', ...UNIT, ...COORDINATING, 'auditor:all', 'dataProtectionOfficer:all'],
  /** The sender's words, answers and notes of the file as they stand. */
  readText: [...INTAKE, 'publisher:office', ...UNIT, ...COORDINATING],
  /** The same with personal data taken out. */
  readMaskedText: ['auditor:all'],
  /** Who the sender is: name, telephone, e-mail, address. */
  readSender: INTAKE,
  /** The same, unless the province hides senders from the units that handle their cases. */
  readSenderAsUnit: UNIT,
  /** What is hidden, after giving a reason that is logged (R7-11). */
  reveal: [...UNIT, 'dataProtectionOfficer:all'],
  /** Files that belong to a case; a publisher has to see what is to be shown (R3-7g). */
  openFiles: [...INTAKE, 'publisher:office', ...UNIT],
  /** The data of the lines of the history; the lines themselves everybody reads who may know of the case. */
  readHistoryData: [...INTAKE, ...UNIT],
  /** R2-30; and nobody of a unit complained of. */
  knowDenunciation: ['officeLeader:office', 'intakeOfficer:tookIn', 'dataProtectionOfficer:all'],

  enterCase: INTAKE,
  /** Refuse, ask for a supplement, classify, forward, transfer out. */
  intake: INTAKE,
  /** What a citizen may do with the own case, on the citizen's written wish; and other acts of the intake's own. */
  onBehalf: ['intakeOfficer:office', 'intakeOfficer:directIntake'],
  /** Approve a refusal, unmerge, reconsider, judge a suspected denunciation. */
  overrule: LEADER,
  returnNotOurs: ['agencyCoordinator:lead', 'agencyLeader:lead'],
  /** Accept and delegate what was forwarded. */
  acceptAtUnit: ['agencyCoordinator:lead'],
  assignHandler: ['agencyCoordinator:lead', 'intakeOfficer:ownOffice', 'officeLeader:office'],
  writeAnswer: [
    'handler:assigned',
    'agencyCoordinator:lead',
    'agencyLeader:lead',
    'intakeOfficer:ownOffice',
    'officeLeader:office',
  ],
  askCitizen: ['agencyCoordinator:lead', 'intakeOfficer:ownOffice', 'officeLeader:ownOffice'],
  approveAnswer: ['agencyLeader:lead', 'officeLeader:ownOffice'],
  /** Return an answer, redact, publish. */
  release: ['publisher:office', 'officeLeader:office'],
  escalate: ['officeLeader:office', 'intakeOfficer:office', 'agencyCoordinator:lead', 'agencyLeader:lead'],
  recordDecision: LEADER,
  urge: ['intakeOfficer:office', 'officeLeader:office', 'agencyCoordinator:lead', 'agencyLeader:lead'],
  giveOpinion: COORDINATING,
  suspectDenunciation: ['intakeOfficer:office', 'officeLeader:office'],

  exportCase: [...INTAKE, 'publisher:office', ...UNIT, 'auditor:all', 'dataProtectionOfficer:all'],

  // What concerns no single case: judged by the person's roles and unit alone.
  readReports: [
    'intakeOfficer:office',
    'officeLeader:office',
    'agencyCoordinator:unit',
    'agencyLeader:unit',
    'auditor:all',
  ],
  readCounts: ['dataProtectionOfficer:all'],
  readAudit: ['officeLeader:office', 'auditor:all', 'dataProtectionOfficer:all'],
  readTechnicalAudit: ['administrator:all'],
  answerDataRequests: ['dataProtectionOfficer:all'],
  readBroadcasts: ['intakeOfficer:office', 'officeLeader:office', 'publisher:office', 'auditor:all'],
  /** Write one and run it; whoever approves it is another person (two persons, by person and not by role). */
  broadcast: ['intakeOfficer:office', 'officeLeader:office', 'publisher:office'],
  approveBroadcast: ['officeLeader:office', 'publisher:office'],
  editTexts: ['officeLeader:office', 'administrator:all'],
  /** Accounts and tokens of everybody; units, calendars, rule sets. */
  administer: ['administrator:all'],
  /** Accounts of the own unit. */
  managePeople: ['administrator:all', 'agencyCoordinator:unit'],
} as const satisfies Record<string, readonly Grant[]>

export type Right = keyof typeof MATRIX
