import { expect, test } from 'vitest'
import { leftAfter, type TurnEvent } from '../../src/workers/turn.ts'

type Type = TurnEvent['content']['type']

const after = (...types: Type[]) =>
  leftAfter(
    types.map((type, at) => ({ key: `${at}`, at, userId: '1', content: { id: `${at}`, at, type } }) as TurnEvent),
  )

test.each<[Type[], ReturnType<typeof leftAfter>]>([
  [['unfollowed'], 'unfollowed'],
  [['withdrewData'], 'withdrawn'],
  [['text', 'unfollowed'], 'unfollowed'],
  [['unfollowed', 'text'], null],
  [['withdrewData', 'followed'], null],
  // Zalo says both of one who goes for good, in any order.
  [['withdrewData', 'unfollowed'], 'withdrawn'],
  [['unfollowed', 'withdrewData'], 'withdrawn'],
  // Nobody came back by these.
  [['unfollowed', 'wake', 'staffWrote', 'staffAnswered'], 'unfollowed'],
  [['text'], null],
  [['wake'], null],
])('after %j the citizen is %j', (types, left) => {
  expect(after(...types)).toBe(left)
})
