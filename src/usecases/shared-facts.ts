/** What one process has learnt of the outside and the others should know: plain JSON, nothing of a person. */
export type FactValue = { [name: string]: string | number | null } | null

/** Facts as they are kept for all processes, and for the one that starts next. */
export type SharedFactStore = {
  /** Everything that was written since `after`, which is the `mark` of the reading before; null: everything there is. */
  read(after: number | null): Promise<{ facts: { key: string; value: FactValue }[]; mark: number | null }>
  /** The last write of a fact stands. */
  write(facts: readonly { key: string; value: FactValue }[]): Promise<void>
  /**
   * True for the one process that finds `about` in another state; the empty state is that of which nothing was ever said, and is
   * not news by itself.
   */
  claim(about: string, state: string): Promise<boolean>
}

/** Facts as the parts of one process share them with those of others. */
export type SharedFacts = {
  /** This process has learnt it. */
  tell(key: string, value: FactValue): void
  /** Calls with what others have learnt of every fact whose key begins so, at once with what is known already. */
  follow(prefix: string, adopt: (key: string, value: FactValue) => void): void
  /** Says something that concerns all processes once, when its state has changed: by whichever of them notices it first. */
  sayOnce(about: string, state: string, say: () => void): void
}

/** Where there is only this process: nothing to learn from others, and every change is said. */
export const ownFacts: SharedFacts = {
  tell: () => undefined,
  follow: () => undefined,
  sayOnce: (_about, _state, say) => say(),
}
