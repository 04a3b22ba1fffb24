/** Ways in which Zalo may fail an API call; `…Delivered` reaches the citizen all the same. */
export const CALL_FAULTS = [
  'slow',
  'html502',
  'reset',
  'resetDelivered',
  'rateLimited',
  'failed',
  'failedDelivered',
  'timeoutDelivered',
  'tokenKilled',
  'code',
] as const
export type CallFaultKind = (typeof CALL_FAULTS)[number]

export const FAULT_SCOPES = ['sends', 'templates', 'all'] as const

/** What the SMS provider does with the next texts: refuses, is out of order, does not reach the phone, says nothing later. */
export const SMS_FAULTS = ['none', 'refused', 'broken', 'failed', 'silent'] as const
/** What the mail server does with the next letters: asks to wait, refuses the address, takes it and sends it back. */
export const MAIL_FAULTS = ['none', 'deferred', 'refused', 'bounced'] as const

export type CallFault = {
  id: string
  kind: CallFaultKind
  /** Only this citizen; absent means everybody. */
  citizenId?: string
  /** `sends` leaves profile, upload and other calls alone; `templates` are those sends that carry a template. */
  scope: (typeof FAULT_SCOPES)[number]
  /** Strikes every n-th matching call. */
  everyNth: number
  /** Ends after so many strikes; absent means until switched off. */
  strikesLeft?: number
  delaySeconds?: number
  code?: number
  seen: number
}

/** What may go wrong between Zalo and the webhook; each strikes every `everyNth`-th event. */
export type WebhookFaults = {
  duplicate: boolean
  reorder: boolean
  lost: boolean
  wrongKey: boolean
  delaySeconds: number
  everyNth: number
}

export type Settings = {
  callFaults: CallFault[]
  webhookFaults: WebhookFaults
  ratePerMinute: number
  /** Repeats 5xx answers and time-outs too; Zalo documents only refused connections (zalo §9.3). */
  retryUnansweredOnly: boolean
  /** Refuses buttons with -233, as an account without them would (zalo §3.2). */
  buttonsRefused: boolean
  /** Demands the `appsecret_proof` header (zalo §0.3). */
  proofRequired: boolean
  smsFault: (typeof SMS_FAULTS)[number]
  mailFault: (typeof MAIL_FAULTS)[number]
  /** Template messages a day (zalo §8.2). */
  templateQuota: number
  /** The cloud account has no money left (zalo §10.2, -115). */
  templateBalanceEmpty: boolean
}

export function defaultSettings(ratePerMinute: number): Settings {
  return {
    callFaults: [],
    webhookFaults: { duplicate: false, reorder: false, lost: false, wrongKey: false, delaySeconds: 0, everyNth: 1 },
    ratePerMinute,
    retryUnansweredOnly: false,
    buttonsRefused: false,
    proofRequired: false,
    smsFault: 'none',
    mailFault: 'none',
    templateQuota: 500,
    templateBalanceEmpty: false,
  }
}

/** The fault that strikes this call, if any; counts the call for every fault it matches. */
export function strikeCall(
  settings: Settings,
  call: { isSend: boolean; isTemplate: boolean; citizenId: string | undefined },
): CallFault | undefined {
  let struck: CallFault | undefined
  for (const fault of settings.callFaults) {
    if (fault.scope === 'sends' && !call.isSend) continue
    if (fault.scope === 'templates' && !call.isTemplate) continue
    if (fault.citizenId !== undefined && fault.citizenId !== call.citizenId) continue
    fault.seen += 1
    if (struck === undefined && fault.seen % fault.everyNth === 0) struck = fault
  }
  if (struck?.strikesLeft !== undefined) {
    struck.strikesLeft -= 1
    if (struck.strikesLeft <= 0) settings.callFaults = settings.callFaults.filter((fault) => fault !== struck)
  }
  return struck
}
