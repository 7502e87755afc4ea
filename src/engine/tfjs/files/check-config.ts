import type { Qwen25VLConfig } from '../model/config.ts'

/** Sizes that are several times those of the largest known models: more is no model, and would fill the memory before a weight is read. */
const largest: Readonly<Record<string, number>> = {
  ...{ layers: 1024, depth: 1024, vocabSize: 2 ** 22, hiddenSize: 2 ** 17, outHiddenSize: 2 ** 17, heads: 4096 },
  ...{ intermediateSize: 2 ** 20, kvHeads: 4096, headDim: 4096, maxPositions: 2 ** 30, windowSize: 2 ** 16 },
  ...{ inChannels: 64, patchSize: 256, temporalPatchSize: 64, mergeSize: 64 },
}

/** What does not fit together in the sizes of a model, each with both numbers; empty when all is well. */
export const checkConfig = ({ text, vision, tokens }: Qwen25VLConfig): readonly string[] => {
  const { maxPositions, rmsEps, ropeTheta, mropeSection, tied: _tied, ...counts } = text
  const { fullAttentionBlocks, tokensPerSecond, ...sizes } = vision
  const wrong: string[] = []
  const demand = (holds: boolean, otherwise: string): void => {
    if (!holds) wrong.push(otherwise)
  }
  for (const [room, fields] of [
    ['text', { ...counts, maxPositions }],
    ['vision', sizes],
  ] as const)
    for (const [name, value] of Object.entries(fields)) {
      const most = largest[name] ?? Number.POSITIVE_INFINITY
      demand(Number.isInteger(value) && value > 0, `${room} ${name} is ${value}, not a whole number above 0`)
      demand(!(value > most), `${room} ${name} is ${value}, more than ${most}`)
    }
  for (const [name, value] of Object.entries({ rmsEps, ropeTheta, tokensPerSecond }))
    demand(value > 0, `${name} is ${value}, not above 0`)
  demand(text.heads % text.kvHeads === 0, `${text.heads} heads cannot share ${text.kvHeads} key/value heads`)
  const rotary = mropeSection.reduce((a, b) => a + b, 0)
  demand(
    mropeSection.length === 3 && 2 * rotary === text.headDim,
    `mrope_section [${mropeSection}] has ${rotary} frequencies in ${mropeSection.length} parts, a head of ${text.headDim} needs ${text.headDim / 2} in 3`,
  )
  demand(
    vision.hiddenSize % (4 * vision.heads) === 0,
    `vision hidden_size ${vision.hiddenSize} is no multiple of 4 × ${vision.heads} heads`,
  )
  demand(
    vision.outHiddenSize === text.hiddenSize,
    `vision out_hidden_size is ${vision.outHiddenSize}, the text hidden_size ${text.hiddenSize}`,
  )
  const unit = vision.mergeSize * vision.patchSize
  demand(vision.windowSize >= unit, `window_size ${vision.windowSize} is below one merged unit of ${unit} pixels`)
  for (const block of fullAttentionBlocks)
    demand(block < vision.depth, `fullatt_block_indexes holds ${block}, there are ${vision.depth} blocks`)
  for (const [name, id] of Object.entries(tokens))
    demand(
      Number.isInteger(id) && id >= 0 && id < text.vocabSize,
      `token ${name} is ${id}, the vocabulary has ${text.vocabSize}`,
    )
  return wrong
}
