import { either as E } from 'fp-ts'
import type { Template } from '../../../process/index.ts'
import type { Mistake } from '../codec/mistake.ts'
import { nearest } from '../codec/nearest.ts'
import { tagsOf, templateParts } from '../compile/template.ts'
import type { RunSettings } from '../settings/run-settings.ts'

type Rewards = NonNullable<NonNullable<RunSettings['rl']>['rewards']>

/** The tags of one process. */
const tagsIn = ({ segments }: Template<string>, process: string): readonly string[] =>
  segments.filter(one => one.process === process).map(({ tag }) => tag)

const tagRule = (template: Template<string>, process: string, reward: Rewards[string]): readonly Mistake[] => {
  const tags = tagsIn(template, process)
  if (typeof reward === 'string' || reward.tag === undefined || tags.includes(reward.tag)) return []
  return [
    {
      path: ['rl', 'rewards', process, 'tag'],
      says: `is "${reward.tag}", no tag of ${process}. ${nearest(reward.tag, tags)}`,
    },
  ]
}

/** Whether a process is rewarded by a judge. */
export const isJudged = (reward: Rewards[string]): boolean =>
  (typeof reward === 'string' ? reward : reward.accuracy) === 'sufficiency'

const namesOfRewards = (rewards: Rewards): readonly string[] => [
  ...['accuracy', 'format', 'length'],
  ...Object.values(rewards).flatMap(reward => (typeof reward === 'string' ? [] : Object.keys(reward.also ?? {}))),
]

/** Rewards fit the template: one for each process, tags of that process, a judge where one is asked, weights of rewards that there are. */
export const rewardRules = ({ rl, template: given, judge, module, annotation }: RunSettings): readonly Mistake[] => {
  const parts = templateParts(given)
  if (E.isLeft(parts)) return parts.left
  const { template } = parts.right
  const ofTags = Object.entries(annotation?.tags ?? {}).flatMap(([name, tag]) =>
    tag === undefined || tagsOf(template).includes(tag)
      ? []
      : [
          {
            path: ['annotation', 'tags', name],
            says: `is "${tag}", no tag of the template. ${nearest(tag, tagsOf(template))}`,
          },
        ],
  )
  if (rl === undefined) return ofTags
  const { rewards, weights = {} } = rl
  if (rewards === undefined)
    return module === undefined
      ? [
          ...ofTags,
          { path: ['rl', 'rewards'], says: `is missing: give one for each of ${template.processes.join(', ')}` },
        ]
      : ofTags
  const names = namesOfRewards(rewards)
  return [
    ...ofTags,
    ...Object.keys(rewards)
      .filter(process => !template.processes.includes(process))
      .map(process => ({
        path: ['rl', 'rewards', process],
        says: `is no process of the template. ${nearest(process, template.processes)}`,
      })),
    ...template.processes
      .filter(process => !Object.hasOwn(rewards, process))
      .map(process => ({
        path: ['rl', 'rewards'],
        says: `has no reward for ${process}: give sufficiency, answer, none or a function`,
      })),
    ...Object.entries(rewards).flatMap(([process, reward]) => tagRule(template, process, reward)),
    ...(judge === undefined && module === undefined
      ? Object.entries(rewards)
          .filter(([, reward]) => isJudged(reward))
          .map(([process]) => ({
            path: ['rl', 'rewards', process],
            says: 'asks a judge: give judge, such as scripted or openai:BASE_URL#MODEL',
          }))
      : []),
    ...Object.keys(weights)
      .filter(name => !names.includes(name))
      .map(name => ({ path: ['rl', 'weights', name], says: `is the weight of no reward. ${nearest(name, names)}` })),
  ]
}
