/**
 * What to do about a refusal (zalo §10): `auth` refresh the token once and try once more, `admin` stop and alert, `drop`
 * never again, `user` this citizen cannot be reached now, `wait` later, `retry` soon, `ambiguous` it may have arrived.
 */
export type ErrorClass = 'retry' | 'auth' | 'admin' | 'drop' | 'user' | 'wait' | 'ambiguous'

/** The particular remedy inside a class. */
export type Treatment =
  | 'slowDown'
  | 'uploadAgain'
  | 'settleFirst'
  | 'sendPlain'
  | 'makeSmaller'
  | 'waitForQuota'
  | 'pollAgain'
  | 'backOff'
  | 'refreshToken'
  | 'otherChannel'
  | 'nextDay'
  | 'nextMonth'
  | 'morning'
  | 'switchPath'
  | 'addProof'
  | 'usePhone'
  | 'markNumber'
  | 'alert'
  | 'alertContentOwner'
  | 'giveUp'

export type ErrorEntry = readonly [errorClass: ErrorClass, treatment: Treatment, meaning: string]

/** Every number of the OA API (zalo §10.1). -124 stands in the template table, yet is a token fault everywhere. */
export const oaErrors: Readonly<Record<string, ErrorEntry>> = {
  '-32': ['retry', 'slowDown', 'more requests per minute than the app or account may send'],
  '-100': ['drop', 'uploadAgain', 'the attachment id has expired'],
  '-124': ['auth', 'refreshToken', 'access token invalid'],
  '-200': ['ambiguous', 'settleFirst', 'send failed without a reason'],
  '-201': ['drop', 'sendPlain', 'a parameter is invalid'],
  '-204': ['admin', 'alert', 'account disabled or deleted'],
  '-205': ['admin', 'alert', 'account does not exist'],
  '-209': ['admin', 'alert', 'app not active'],
  '-210': ['drop', 'makeSmaller', 'a parameter is above its limit'],
  '-211': ['wait', 'waitForQuota', 'quota of the feature used up'],
  '-212': ['admin', 'alert', 'API product not registered for the app'],
  '-213': ['user', 'otherChannel', 'the citizen has not followed or written'],
  '-214': ['retry', 'pollAgain', 'the article is still being processed'],
  '-216': ['auth', 'refreshToken', 'access token invalid'],
  '-217': ['user', 'otherChannel', 'the citizen blocked invitations'],
  '-218': ['wait', 'nextDay', 'the citizen may receive no more today'],
  '-219': ['admin', 'alert', 'app removed or disabled'],
  '-220': ['auth', 'refreshToken', 'access token expired or revoked'],
  '-221': ['admin', 'alert', 'account not verified'],
  '-223': ['admin', 'alert', 'account has not granted this API'],
  '-224': ['admin', 'alert', 'package of the account too low'],
  '-227': ['user', 'otherChannel', 'the citizen has been away for over 45 days or is locked'],
  '-230': ['user', 'otherChannel', 'no interaction in the last 7 days'],
  '-232': ['user', 'otherChannel', 'never interacted, or the interaction is too old'],
  '-233': ['drop', 'sendPlain', 'message type invalid or not supported'],
  '-234': ['wait', 'morning', 'this type may not be sent between 22:00 and 06:00'],
  '-235': ['admin', 'switchPath', 'this API does not serve this type of account'],
  '-237': ['admin', 'alert', 'group disabled'],
  '-238': ['admin', 'alert', 'asset id used or disabled'],
  '-240': ['admin', 'switchPath', 'the v2 message API is closed'],
  '-241': ['admin', 'alert', 'free asset id already used'],
  '-242': ['admin', 'addProof', 'appsecret_proof missing or wrong'],
  '-244': ['user', 'otherChannel', 'the citizen restricted this kind of message'],
  '-248': ['drop', 'alertContentOwner', 'the content breaks the rules of the platform'],
  '-249': ['drop', 'usePhone', 'this template cannot be sent by user id'],
  '-320': ['admin', 'alert', 'Zalo Cloud Account not linked'],
  '-321': ['admin', 'alert', 'Zalo Cloud Account out of money'],
  '-403': ['drop', 'giveUp', 'account not in the group'],
  '-1340': ['drop', 'giveUp', 'advertising form'],
  '-1341': ['drop', 'giveUp', 'advertising form'],
  '112': ['admin', 'alert', 'app not linked with an account'],
  '452': ['auth', 'refreshToken', 'session key invalid'],
}

/** Every number of the template API by phone (zalo §10.2). */
export const zbsErrors: Readonly<Record<string, ErrorEntry>> = {
  '-100': ['retry', 'backOff', 'unknown fault, try later'],
  '-101': ['admin', 'alert', 'app invalid'],
  '-102': ['admin', 'alert', 'app does not exist'],
  '-103': ['admin', 'alert', 'app not active'],
  '-104': ['admin', 'alert', 'app secret wrong'],
  '-105': ['admin', 'alert', 'app not linked with the account'],
  '-106': ['drop', 'giveUp', 'method not supported'],
  '-107': ['drop', 'giveUp', 'message id invalid'],
  '-108': ['drop', 'markNumber', 'phone number invalid'],
  '-109': ['drop', 'giveUp', 'template id invalid'],
  '-1091': ['admin', 'alert', 'template may not be edited'],
  '-110': ['user', 'otherChannel', 'Zalo of the recipient too old'],
  '-111': ['drop', 'giveUp', 'template data empty'],
  '-112': ['drop', 'giveUp', 'template data not defined'],
  '-1121': ['drop', 'giveUp', 'template data too long'],
  '-1122': ['drop', 'giveUp', 'template data missing'],
  '-1123': ['drop', 'giveUp', 'QR code could not be made'],
  '-1124': ['drop', 'giveUp', 'template data in a bad format'],
  '-113': ['drop', 'giveUp', 'button invalid'],
  '-1131': ['drop', 'giveUp', 'button invalid'],
  '-114': ['user', 'otherChannel', 'recipient cannot receive'],
  '-115': ['admin', 'alert', 'out of quota or balance'],
  '-116': ['drop', 'giveUp', 'text invalid'],
  '-117': ['admin', 'alert', 'no right to the template'],
  '-118': ['user', 'otherChannel', 'no such Zalo account'],
  '-119': ['user', 'otherChannel', 'recipient cannot receive'],
  '-120': ['admin', 'alert', 'account lacks the permission'],
  '-1201': ['admin', 'alert', 'account lacks the permission'],
  '-1202': ['admin', 'alert', 'account lacks the permission'],
  '-121': ['drop', 'giveUp', 'body empty'],
  '-122': ['drop', 'giveUp', 'body is not JSON'],
  '-123': ['admin', 'alert', 'RSA key'],
  '-124': ['auth', 'refreshToken', 'access token invalid'],
  '-1241': ['admin', 'addProof', 'appsecret_proof invalid'],
  '-125': ['admin', 'alert', 'account id invalid'],
  '-126': ['drop', 'giveUp', 'test wallet empty'],
  '-127': ['drop', 'giveUp', 'test messages go to administrators only'],
  '-128': ['admin', 'alert', 'RSA key'],
  '-129': ['admin', 'alert', 'RSA key'],
  '-130': ['drop', 'giveUp', 'content over 100 000 characters'],
  '-131': ['admin', 'alert', 'template not approved'],
  '-132': ['drop', 'giveUp', 'parameter invalid'],
  '-133': ['wait', 'morning', 'no sending between 22:00 and 06:00'],
  '-134': ['user', 'otherChannel', 'the recipient has not answered the opt-in'],
  '-135': ['admin', 'alert', 'account may not send templates'],
  '-1351': ['admin', 'alert', 'account blocked for a violation'],
  '-136': ['admin', 'alert', 'Zalo Cloud Account not linked'],
  '-137': ['admin', 'alert', 'Zalo Cloud Account could not be charged'],
  '-138': ['admin', 'alert', 'app lacks the permission'],
  '-1381': ['admin', 'alert', 'app lacks the permission'],
  '-139': ['user', 'otherChannel', 'recipient refused this type'],
  '-140': ['user', 'otherChannel', 'recipient not eligible'],
  '-141': ['user', 'otherChannel', 'recipient refused the account'],
  '-142': ['admin', 'alert', 'RSA key'],
  '-143': ['admin', 'alert', 'RSA key'],
  '-144': ['wait', 'nextDay', 'daily quota of the account used up'],
  '-1441': ['wait', 'nextMonth', 'monthly quota used up'],
  '-145': ['admin', 'alert', 'content type not allowed'],
  '-146': ['admin', 'alert', 'template disabled for its quality'],
  '-147': ['wait', 'nextDay', 'quota of the template used up'],
  '-1471': ['wait', 'nextDay', 'quota for this recipient used up'],
  '-1472': ['wait', 'nextDay', 'quota for this recipient used up'],
  '-148': ['drop', 'giveUp', 'journey token'],
  '-149': ['drop', 'giveUp', 'journey token'],
  '-1491': ['drop', 'giveUp', 'journey token'],
  '-150': ['drop', 'giveUp', 'journey token'],
  '-151': ['drop', 'giveUp', 'end-to-end encryption'],
  '-152': ['drop', 'giveUp', 'end-to-end encryption'],
  '-153': ['drop', 'giveUp', 'data against the specification'],
  '-158': ['drop', 'giveUp', 'upload too big'],
  '-159': ['drop', 'giveUp', 'upload in a wrong format'],
  '-160': ['wait', 'nextDay', 'daily uploads used up'],
  '-161': ['drop', 'giveUp', 'sending_mode not allowed'],
  '-162': ['drop', 'giveUp', 'sending_mode not allowed'],
}
