import type { Database } from './database.ts'

/** What is known of somebody's chat with the account, without a word of what was said. */
export type ChatFacts = { lastInteractionAt: number | null; following: boolean | null }

/** Reads what is known of chats. */
export function createChatFacts(database: Database) {
  const { conversations } = database.collections
  return {
    async of(citizenKey: string): Promise<ChatFacts | null> {
      const found = await conversations.findOne(
        { _id: citizenKey },
        { projection: { lastInteractionAt: 1, following: 1 } },
      )
      if (found === null) return null
      return { lastInteractionAt: found.lastInteractionAt?.getTime() ?? null, following: found.following }
    },
  }
}
