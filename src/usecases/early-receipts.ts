import type { CarryDeps } from './carry-notice.ts'
import type { ChannelReceipt, OnReceipt } from './notice-channels.ts'

/** A receipt that names its message by an id that nobody knows yet. */
export type EarlyReceipt = Pick<ChannelReceipt, 'state' | 'at' | 'code'> & { messageId: string }

/** Early receipts as they are kept, for an hour. */
export type EarlyReceiptStore = {
  /** What was delivered stays delivered. */
  keep(receipt: EarlyReceipt): Promise<void>
  take(messageId: string): Promise<EarlyReceipt | null>
}

/**
 * A receipt may be faster than the answer to the send, which alone says under which id the provider has the message. Such a receipt
 * is stored and taken up by the answer, so that it is not lost whoever dies between the two.
 */
export function createEarlyReceipts(deps: {
  store: EarlyReceiptStore
  onReceipt: OnReceipt
  answered: CarryDeps['records']['answered']
  /** An early receipt has found its try. */
  onTakenUp(receipt: EarlyReceipt): void
}): { onReceipt: OnReceipt; answered: CarryDeps['records']['answered'] } {
  const { store } = deps

  return {
    async onReceipt(receipt) {
      const outcome = await deps.onReceipt(receipt)
      const { messageId, state, at, code } = receipt
      if (outcome === 'stored' || messageId === undefined) return outcome
      await store.keep({ messageId, state, at, ...(code === undefined ? {} : { code }) })
      // The answer may have come meanwhile, and have found nothing to take up.
      return deps.onReceipt(receipt)
    },

    async answered(id, reference, answer) {
      await deps.answered(id, reference, answer)
      const { messageId } = answer
      const early = messageId === undefined ? null : await store.take(messageId)
      if (early === null || messageId === undefined) return
      // The try is known by its reference whatever the channel is.
      const receipt: ChannelReceipt = { channel: 'sms', ...early }
      if ((await deps.onReceipt(receipt)) === 'stored') deps.onTakenUp(early)
    },
  }
}
