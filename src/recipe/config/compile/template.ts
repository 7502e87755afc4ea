import { either as E } from 'fp-ts'
import { type Guide, type Template, templateOf, videoP2R, videoP2RGuide } from '../../../process/index.ts'
import type { ChainTags } from '../../annotation.ts'
import type { Mistake } from '../codec/mistake.ts'
import { nearest } from '../codec/nearest.ts'
import type { AnnotationSetting } from '../settings/phases.ts'
import type { TemplateSetting } from '../settings/template.ts'

/** A template with what a model is told of its parts, where that is known. */
export interface TemplateParts {
  readonly template: Template<string>
  readonly guide?: Guide<string>
}

type Steps = NonNullable<Exclude<TemplateSetting, string>['guide']>

const openings = '...'

const guideOf = (steps: Steps): Guide<string> =>
  Object.fromEntries(
    Object.entries(steps).map(([tag, step]) => [
      tag,
      typeof step === 'string' ? { task: step, opening: openings } : { opening: openings, ...step },
    ]),
  )

/** Every tag of a template, in order. */
export const tagsOf = ({ segments }: Template<string>): readonly string[] => segments.map(({ tag }) => tag)

/** The template of a setting; VideoP2R's when none is given. Left: what is wrong with names, tags or the guide. */
export const templateParts = (given: TemplateSetting = 'videoP2R'): E.Either<readonly Mistake[], TemplateParts> => {
  if (typeof given === 'string') return E.right({ template: videoP2R, guide: videoP2RGuide })
  const made = templateOf(given.processes)
  if (E.isLeft(made))
    return E.left([
      { path: ['template', 'processes'], says: `is no template: ${made.left.cause}. ${made.left.remedy}` },
    ])
  const template = made.right
  const { guide } = given
  if (guide === undefined) return E.right({ template })
  const tags = tagsOf(template)
  const strange = Object.keys(guide).filter(tag => !tags.includes(tag))
  const missing = tags.filter(tag => !Object.hasOwn(guide, tag))
  const mistakes = [
    ...strange.map(tag => ({
      path: ['template', 'guide', tag],
      says: `is no tag of the template. ${nearest(tag, tags)}`,
    })),
    ...missing.map(tag => ({
      path: ['template', 'guide'],
      says: `says nothing of the tag ${tag}: write what stands there`,
    })),
  ]
  return mistakes.length > 0 ? E.left(mistakes) : E.right({ template, guide: guideOf(guide) })
}

/** Which tags the data pipeline looks at: those that are named, else those of VideoP2R's names, the last one being the answer. */
export const chainTags = (
  template: Template<string>,
  given: NonNullable<AnnotationSetting['tags']> = {},
): ChainTags<string> => {
  const tags = tagsOf(template)
  const known = (tag: string) => (tags.includes(tag) ? tag : undefined)
  const answer = given.answer ?? known('answer') ?? tags.at(-1) ?? 'answer'
  const observation = given.observation ?? known('observation')
  const think = given.think ?? known('think')
  return {
    answer,
    ...(observation === undefined ? {} : { observation }),
    ...(think === undefined ? {} : { think }),
  }
}
