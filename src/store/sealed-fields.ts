import { auditContext } from './audit-store.ts'
import { caseContext, historyContext } from './case-documents.ts'
import { answerContext } from './idempotency-store.ts'
import { rawContext } from './inbox-store.ts'
import { toldContext } from './notice-documents.ts'
import { linkContext } from './officer-links.ts'
import { emailContext, passwordContext } from './people.ts'
import type { SealedField } from './rotate-keys.ts'
import { bodyContext, noticedContext, stateContext, userIdContext } from './turn-store.ts'
import { webhookContext } from './webhook-documents.ts'
import { workItemContext } from './work-items.ts'

/** Every encrypted field of the database apart from files and the keyring, for a change of keys (R9-12). */
export const sealedFields: readonly SealedField[] = [
  { collection: 'officerLinks', path: 'userId', context: linkContext },
  { collection: 'people', path: 'email', context: emailContext },
  { collection: 'passwords', path: 'sealed', context: passwordContext },
  { collection: 'conversations', path: 'state', context: stateContext },
  { collection: 'conversations', path: 'userId', context: userIdContext },
  { collection: 'conversations', path: 'noticed', context: noticedContext },
  { collection: 'outbox', path: 'body', context: bodyContext },
  { collection: 'notices', path: 'sealed', context: toldContext },
  { collection: 'inbox', path: 'raw', context: rawContext },
  { collection: 'cases', path: 'sealed', context: caseContext },
  { collection: 'zaloGrants', path: 'pair', context: (oaId) => `zaloGrants.pair:${oaId}` },
  { collection: 'webhooks', path: 'sealed', context: webhookContext },
  { collection: 'workItems', path: 'sealed', context: workItemContext },
  { collection: 'audit', path: 'sealed', context: auditContext },
  { collection: 'history', path: 'sealed', context: historyContext },
  { collection: 'idempotencyMarks', path: 'answer', context: answerContext },
]
