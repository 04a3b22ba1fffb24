/** Short answers that stand alone. */
export const COMMANDS = [
  'yes',
  'no',
  'back',
  'skip',
  'cancel',
  'done',
  'edit',
  'restart',
  'help',
  'menu',
  'person',
  'send',
  'continue',
  'status',
  'thanks',
] as const
export type Command = (typeof COMMANDS)[number]

/** What a message can be about; `other` is what no rule knows. */
export const INTENTS = [
  'emergency',
  'denunciation',
  'informalCharge',
  'complaint',
  'judicial',
  'underSixteen',
  'fieldScene',
  'legalQuestion',
  'matter',
  'submit',
  'lookup',
  'myCases',
  'supplement',
  'withdraw',
  'disagree',
  'rate',
  'guidance',
  'person',
  'myData',
  'unsubscribe',
  'resubscribe',
  'howLong',
  'isItFree',
  'whoSees',
  'thanks',
  'greeting',
  'english',
  'vietnamese',
  'insult',
  'advertising',
  'other',
] as const
export type Intent = (typeof INTENTS)[number]

export type IntentRule = {
  id: string
  /** How sure one match makes, 0.1 to 1. Several rules of an intent add up. */
  score: number
  words: readonly string[]
  /** When one of these is said anywhere, the rule is silent. */
  unless: readonly string[]
  /** The rule speaks only in messages of at most so many words. */
  maxWords?: number | undefined
}

/** One of several small signs: each is worth something once, and what they are worth together decides. */
export type IntentSign = {
  id: string
  /** Of signs of one kind only the heaviest counts; a sign without a kind is one of its own. */
  kind?: string | undefined
  /** What it adds when it is said; below zero it speaks against. */
  weight: number
  /** Without at least one main sign the others say nothing. */
  main: boolean
  words: readonly string[]
  unless: readonly string[]
  /** Counts only in messages of at least so many words. */
  minWords?: number | undefined
}

export type IntentDefinition = {
  id: Intent
  /** "không phải …" before it turns it off. */
  negatable: boolean
  /** What this also is: an informal charge is a matter too (R2-1). */
  implies: readonly Intent[]
  rules: readonly IntentRule[]
  signs: readonly IntentSign[]
  /** The weight that the signs must reach together. */
  signsNeeded: number
  examples: readonly string[]
  notExamples: readonly string[]
}

export type CommandDefinition = {
  id: Command
  words: readonly string[]
  examples: readonly string[]
  notExamples: readonly string[]
}

export type IntentRules = {
  groups: Readonly<Record<string, readonly string[]>>
  abbreviations: Readonly<Record<string, string>>
  negation: { before: readonly string[]; after: readonly string[]; fillers: readonly string[] }
  commands: readonly CommandDefinition[]
  politeBefore: readonly string[]
  politeAfter: readonly string[]
  intents: readonly IntentDefinition[]
}
