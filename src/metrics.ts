import { Counter, Gauge, Histogram, Registry } from 'prom-client'

export type Metrics = ReturnType<typeof createMetrics>

/** The numbers of the service for Prometheus. Labels are kinds, codes and classes, never anything of a person. */
export function createMetrics() {
  const registry = new Registry()
  const registers = [registry]
  return {
    registry,
    webhookEvents: new Counter({
      name: 'pakn_webhook_events_total',
      help: 'Webhook deliveries by outcome',
      labelNames: ['outcome', 'reason'] as const,
      registers,
    }),
    webhookRetries: new Counter({
      name: 'pakn_webhook_retries_total',
      help: 'Deliveries that Zalo had to repeat, by the number of the repeat; after the fifth it ends the subscription',
      labelNames: ['retry'] as const,
      registers,
    }),
    recoveredEvents: new Counter({
      name: 'pakn_recovered_events_total',
      help: 'Messages that never came by webhook and were read from the chats, by why they were looked for',
      labelNames: ['cause'] as const,
      registers,
    }),
    recoveries: new Counter({
      name: 'pakn_recoveries_total',
      help: 'Passes over the chats by cause and outcome: done, cut (too much to read it all), failed (tried again)',
      labelNames: ['cause', 'outcome'] as const,
      registers,
    }),
    unrecoverable: new Counter({
      name: 'pakn_unrecoverable_events_total',
      help: 'Messages of which the chats do not tell what was sent',
      registers,
    }),
    webhookSilentSeconds: new Gauge({
      name: 'pakn_webhook_silent_seconds',
      help: 'How long ago the last event came by webhook, over all processes',
      registers,
    }),
    webhooksDeaf: new Gauge({
      name: 'pakn_webhooks_deaf',
      help: '1 while webhooks do not come and the chats are read instead',
      registers,
    }),
    broadcasts: new Gauge({
      name: 'pakn_broadcasts',
      help: 'General news by state; faulty: paused by the service itself, until a person has mended something',
      labelNames: ['state'] as const,
      registers,
    }),
    turns: new Counter({
      name: 'pakn_turns_total',
      help: 'Turns by outcome',
      labelNames: ['outcome'] as const,
      registers,
    }),
    turnEvents: new Counter({ name: 'pakn_turn_events_total', help: 'Events folded into turns', registers }),
    turnSeconds: new Histogram({
      name: 'pakn_turn_seconds',
      help: 'From the start of a turn to its transaction',
      buckets: [0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5],
      registers,
    }),
    turnsPerTransaction: new Histogram({
      name: 'pakn_turns_per_transaction',
      help: 'How many turns shared a transaction',
      buckets: [1, 2, 4, 8, 16, 32, 64],
      registers,
    }),
    deadEvents: new Counter({ name: 'pakn_dead_events_total', help: 'Events that were given up', registers }),
    sends: new Counter({
      name: 'pakn_sends_total',
      help: 'Calls to the messaging platform by class and code',
      labelNames: ['class', 'code'] as const,
      registers,
    }),
    media: new Counter({
      name: 'pakn_media_total',
      help: 'Files that citizens sent, by kind or by the reason of their refusal',
      labelNames: ['outcome'] as const,
      registers,
    }),
    retentionRemoved: new Counter({
      name: 'pakn_retention_removed_total',
      help: 'What the nightly job let go of, by kind',
      labelNames: ['kind'] as const,
      registers,
    }),
    reminders: new Counter({ name: 'pakn_reminders_total', help: 'Reminders put on the desks of officers', registers }),
    remindersForNobody: new Counter({
      name: 'pakn_reminders_for_nobody_total',
      help: 'Reminders for a unit in which nobody is active: the Office got them, or nobody at all',
      labelNames: ['got'] as const,
      registers,
    }),
    reminderFaults: new Counter({
      name: 'pakn_reminder_faults_total',
      help: 'Cases that the daily run could not see to',
      registers,
    }),
    clockNotices: new Counter({
      name: 'pakn_clock_notices_total',
      help: 'What citizens were told by the clocks alone: updates of late answers, reminders of supplements',
      registers,
    }),
    remindersLateSeconds: new Gauge({
      name: 'pakn_reminders_late_seconds',
      help: 'How long the reminders of the day have been due without being done; 0 once they are',
      registers,
    }),
    staffNews: new Counter({
      name: 'pakn_staff_news_total',
      help: 'Notices on the desks of officers about what others have done',
      registers,
    }),
    dataRequests: new Gauge({
      name: 'pakn_data_requests',
      help: 'Wishes about personal data that wait for a decision, and those of them whose day has passed, up to 10000',
      labelNames: ['state'] as const,
      registers,
    }),
    officerCommands: new Counter({
      name: 'pakn_officer_commands_total',
      help: 'Short commands of officers in the chat, by what became of them',
      labelNames: ['command', 'outcome'] as const,
      registers,
    }),
    handoffsWaiting: new Gauge({
      name: 'pakn_handoffs_waiting',
      help: 'Citizens who have asked for a person in the chat and wait, up to 10000',
      registers,
    }),
    staffMessages: new Counter({
      name: 'pakn_staff_messages_total',
      help: 'Messages to officers beside the desk by channel and outcome: sent, failed (tried again), passedOn (to the next way), givenUp',
      labelNames: ['channel', 'outcome'] as const,
      registers,
    }),
    channelSends: new Counter({
      name: 'pakn_channel_sends_total',
      help: 'Tries to reach citizens beside the chat by channel, class and code',
      labelNames: ['channel', 'class', 'code'] as const,
      registers,
    }),
    channelReceipts: new Counter({
      name: 'pakn_channel_receipts_total',
      help: 'What providers said of messages that they had taken; outcome unknown: of none that we know',
      labelNames: ['channel', 'state', 'outcome'] as const,
      registers,
    }),
    channelReady: new Gauge({
      name: 'pakn_channel_ready',
      help: '1 for a channel that is set up and works, 0 for one whose provider needs a person',
      labelNames: ['channel'] as const,
      registers,
    }),
    templateReady: new Gauge({
      name: 'pakn_template_ready',
      help: '1 for a notice whose template can be sent, 0 with the reason for one that cannot',
      labelNames: ['notice', 'reason'] as const,
      registers,
    }),
    templateQuotaRemaining: new Gauge({
      name: 'pakn_template_quota_remaining',
      help: 'Template messages that may still be sent today, as the platform says',
      registers,
    }),
    templateQuotaDaily: new Gauge({
      name: 'pakn_template_quota_daily',
      help: 'Template messages that may be sent in a day, as the platform says',
      registers,
    }),
    noticeTries: new Counter({
      name: 'pakn_notice_tries_total',
      help: 'Tries to tell a sender on a way beside the chat, by way and by what came of it',
      labelNames: ['way', 'result'] as const,
      registers,
    }),
    noticeWork: new Counter({
      name: 'pakn_notice_work_total',
      help: 'Notices that reached nobody and became the work of a person: new, or overdue once more',
      labelNames: ['what'] as const,
      registers,
    }),
    noticeFaults: new Counter({
      name: 'pakn_notice_faults_total',
      help: 'Notices that could not be carried on for a fault of ours; each is tried again',
      registers,
    }),
    noticesNotInformed: new Gauge({
      name: 'pakn_notices_not_informed',
      help: 'Mandatory notices of which it is not proven that they were told; counting ends at 10000',
      registers,
    }),
    noticesOldestSeconds: new Gauge({
      name: 'pakn_notices_oldest_seconds',
      help: 'Age of the oldest mandatory notice of which it is not proven that it was told',
      registers,
    }),
    settled: new Counter({
      name: 'pakn_ambiguous_settled_total',
      help: 'Sends of unknown outcome and how they were settled',
      labelNames: ['by'] as const,
      registers,
    }),
    senderPaused: new Gauge({
      name: 'pakn_sender_paused',
      help: '1 while nothing is sent because the account or its grant needs a person',
      registers,
    }),
    grantValid: new Gauge({
      name: 'pakn_zalo_grant_valid',
      help: '1 while the grant of the account is valid',
      registers,
    }),
    grantAge: new Gauge({
      name: 'pakn_zalo_grant_age_seconds',
      help: 'How long ago the administrator of the account consented, in whole days',
      registers,
    }),
    reconsent: new Gauge({
      name: 'pakn_zalo_reconsent_seconds',
      help: 'How long the grant lives if it is never renewed again, in whole days',
      registers,
    }),
    quotaLeft: new Gauge({
      name: 'pakn_zalo_quota_left',
      help: 'Messages of the package that are left for outside the free window',
      registers,
    }),
    quotaTotal: new Gauge({ name: 'pakn_zalo_quota_total', help: 'Messages of the package in all', registers }),
    accountInfo: new Gauge({
      name: 'pakn_zalo_account_info',
      help: '1; the labels tell what the account is',
      labelNames: ['type', 'package', 'valid_through', 'verified'] as const,
      registers,
    }),
    accountChanges: new Counter({
      name: 'pakn_account_changes_total',
      help: 'What the platform said about the account itself, such as a withdrawn permission',
      labelNames: ['what'] as const,
      registers,
    }),
    inboxOldestSeconds: new Gauge({
      name: 'pakn_inbox_oldest_seconds',
      help: 'Age of the oldest event that waits',
      registers,
    }),
    outboxWaiting: new Gauge({ name: 'pakn_outbox_waiting', help: 'Messages that are not settled', registers }),
    outboxOldestSeconds: new Gauge({
      name: 'pakn_outbox_oldest_seconds',
      help: 'Age of the oldest message that is not settled',
      registers,
    }),
    lawRevision: new Gauge({
      name: 'pakn_law_revision',
      help: 'The state of calendars and rule sets that this process counts with',
      registers,
    }),
    casesToRecompute: new Gauge({
      name: 'pakn_cases_to_recompute',
      help: 'Open cases into which a change of the law has not been led yet, up to 10000',
      registers,
    }),
    casesProvisional: new Gauge({
      name: 'pakn_cases_provisional',
      help: 'Open cases with a due day in a year whose calendar is not loaded, up to 10000',
      registers,
    }),
    calendarYearsMissing: new Gauge({
      name: 'pakn_calendar_years_missing',
      help: 'Years needed now, or from 30 November on for the next year, whose calendar is not loaded',
      registers,
    }),
    webhookTries: new Counter({
      name: 'pakn_outgoing_webhook_tries_total',
      help: 'Tries to tell other systems of changes, by what came of them',
      labelNames: ['outcome'] as const,
      registers,
    }),
    webhooksGone: new Counter({
      name: 'pakn_outgoing_webhooks_gone_total',
      help: 'Webhooks that were paused because their receiver answered 410',
      registers,
    }),
    webhookState: new Gauge({
      name: 'pakn_outgoing_webhook_state',
      help: '1 for the state that a webhook is in',
      labelNames: ['webhook', 'state'] as const,
      registers,
    }),
    webhookWaiting: new Gauge({
      name: 'pakn_outgoing_webhook_waiting',
      help: 'Events that wait for a receiver; counting ends at 10000',
      labelNames: ['webhook'] as const,
      registers,
    }),
    webhookDead: new Gauge({
      name: 'pakn_outgoing_webhook_dead',
      help: 'Events that were given up and can be sent again; counting ends at 10000',
      labelNames: ['webhook'] as const,
      registers,
    }),
    caseEventsWaiting: new Gauge({
      name: 'pakn_case_events_waiting',
      help: 'Changes of cases that have not been given out to other systems yet',
      registers,
    }),
    partitionsOwned: new Gauge({
      name: 'pakn_partitions_owned',
      help: 'Shares of the citizens served here',
      registers,
    }),
  }
}
