import { choice, type Read, text, texts } from '../codec/setting.ts'
import { named, settings, shortOrLong } from '../codec/settings.ts'

/** What is to be written in a part, and how its text begins. */
const step = shortOrLong(text('what is to be written there'), settings({ task: text() }, { opening: text() }))

/** The shape of an output: a preset by name, or processes of one's own with their tags. */
export const template = shortOrLong(
  choice(['videoP2R']),
  settings(
    { processes: named('processes to their tags', texts('a tag, or a list of tags')) },
    {
      /** What a model is told of each tag; needed where it is told the form of the answer. */
      guide: named('tags to what is to be written there', step),
    },
  ),
)
/** The shape of an output as it was written. */
export type TemplateSetting = Read<typeof template>

/** What the policy is asked: the question and the form of the answer, or the bare question. */
export const prompt = choice(['guide', 'question'])
