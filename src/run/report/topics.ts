/** What metrics are about, in the order in which a reader looks for them. */
export const topics = ['Rewards', 'Loss and steps', 'Lengths', 'Other metrics'] as const
/** What a metric is about. */
export type Topic = (typeof topics)[number]

const words: readonly (readonly [Topic, RegExp])[] = [
  ['Lengths', /length|len(?![a-z])|tokens?(?![a-z])|clipped_ratio|truncated|chars|characters|words/i],
  ['Rewards', /reward|score|accura|return|iou|unscored|success|correct|solved/i],
  ['Loss and steps', /loss|grad|learning_rate|(?<![a-z])lr(?![a-z])|(?<![a-z])kl(?![a-z])|entropy|clip|ratio/i],
]

/** What a metric is about, by the words of its name. */
export const topicOf = (name: string): Topic => words.find(([, pattern]) => pattern.test(name))?.[0] ?? 'Other metrics'
