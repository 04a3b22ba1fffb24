import type { Logger } from '../logger.ts'
import type { ChannelReceipt, OnReceipt } from '../usecases/notice-channels.ts'

const ASK_AGAIN_MS = 5_000
/** So many early receipts at most wait in memory. */
const WAITING_MAX = 1_000

/**
 * Looks once more for a receipt that belonged to nothing: one may be faster than the answer to the send itself, which names the
 * message. It is `unknown` to its sender meanwhile, and nothing is lost but a proof if this process ends before.
 */
export function withPatience(
  onReceipt: OnReceipt,
  deps: {
    onLate(receipt: ChannelReceipt): void
    logger: Logger
    /** @default 5000 */
    askAgainMs?: number
  },
): OnReceipt {
  let waiting = 0

  function askAgain(receipt: ChannelReceipt): void {
    if (waiting >= WAITING_MAX) return
    waiting += 1
    const timer = setTimeout(async () => {
      waiting -= 1
      try {
        if ((await onReceipt(receipt)) === 'stored') deps.onLate(receipt)
      } catch (error) {
        deps.logger.warn({ err: error, channel: receipt.channel }, 'a receipt that came early could not be stored')
      }
    }, deps.askAgainMs ?? ASK_AGAIN_MS)
    timer.unref()
  }

  return async (receipt) => {
    const outcome = await onReceipt(receipt)
    if (outcome === 'unknown') askAgain(receipt)
    return outcome
  }
}
