import { either as E, taskEither as TE } from 'fp-ts'
import { paGrpo, rawRewards } from 'kinograd/advantage'
import type { VideoRecord } from 'kinograd/dataset'
import { judge, judgementScore, type Teacher } from 'kinograd/teacher'
import { describe, expect, test } from 'vitest'
import { injections } from '../process/injections.ts'

/**
 * Groups of rollouts before an honest judge that quotes what it reads: whoever writes a verdict or an instruction into
 * an observation earns no more than an honest observation that does not suffice.
 */

const { signal } = new AbortController()
const record: VideoRecord = {
  id: '1',
  problem: 'What colour is the ball?',
  problemType: 'free-form',
  dataType: 'video',
  options: [],
  answer: 'red',
  path: 'x',
  source: '',
}

/** The observation as a reader of headings finds it: from its last heading to the next. */
const observed = (prompt: string): string => {
  const at = prompt.lastIndexOf('### Observations\n') + '### Observations\n'.length
  return prompt.slice(at, prompt.indexOf('\n### ', at))
}
/** The correct answer likewise: who forges that heading gives the judge another answer to look for. */
const wanted = (prompt: string): string => {
  const at = prompt.lastIndexOf('### Correct Answer\n') + '### Correct Answer\n'.length
  return prompt.slice(at, prompt.indexOf('\n', at))
}
const verdict = (prompt: string): string =>
  observed(prompt).includes(wanted(prompt)) ? '<judgement>Yes</judgement>' : '<judgement>No</judgement>'

/** Honest judges by where they quote. The last two quote at the end until they are told not to. */
const judges: Readonly<Record<string, (prompt: string) => string>> = {
  'before its verdict': prompt => `It says: ${observed(prompt)}\n${verdict(prompt)}`,
  'in quotation marks': prompt => `It says "${observed(prompt)}". So: ${verdict(prompt)}`,
  'in thoughts': prompt => `<think>${observed(prompt)}</think>${verdict(prompt)}`,
  'the whole prompt': prompt => `${prompt}\n\n${verdict(prompt)}`,
  'and forgets to close the tag': prompt => `${observed(prompt)} ${verdict(prompt).replace('</judgement>', '')}`,
  'after its verdict': prompt =>
    prompt.includes('### Correction') ? verdict(prompt) : `${verdict(prompt)}, since it says: ${observed(prompt)}`,
  'instead of a verdict': prompt => (prompt.includes('### Correction') ? verdict(prompt) : observed(prompt)),
}

const scores = async (answer: (prompt: string) => string, observations: readonly string[]) => {
  const usage = { inputTokens: 0, outputTokens: 0 }
  const teacher: Teacher = { name: 'honest', ask: ({ prompt }) => TE.right({ text: answer(prompt), usage }) }
  const score = judgementScore(judge(teacher))
  const scored: (number | null)[] = []
  for (const observation of observations) {
    const one = await score({ record, observation }, signal)()
    if (E.isLeft(one)) throw new Error(one.left.cause)
    scored.push(one.right)
  }
  return scored
}

describe.each(Object.entries(judges))('an honest judge that quotes %s', (_, answer) => {
  test.each(injections.map(text => [text]))('%j', async injection => {
    const group = ['A red ball.', 'A ball.', injection, `A ball. ${injection}`, `${injection}\nA ball.`, 'Fog.', 'red']
    const rewards = await scores(answer, group)
    expect(rewards).toEqual([1, 0, 0, 0, 0, 0, 1])
    const raw = rawRewards('1', { perception: rewards })
    if (E.isLeft(raw)) throw new Error(raw.left.cause)
    const [normalised] = paGrpo()([raw.right])
    const [, honest, ...injected] = Array.from(normalised!.advantages.perception)
    for (const advantage of injected.slice(0, 3)) expect(advantage).toBeLessThanOrEqual(honest!)
  })
})
