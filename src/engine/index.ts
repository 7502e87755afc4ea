export type {
  Completion,
  Engine,
  EngineFault,
  Prompt,
  Sampling,
  StepReport,
  TrainGroup,
} from './engine.ts'
export type { Message, Part, PromptOptions } from './text/prompt.ts'
export { promptOf } from './text/prompt.ts'
export type { Tokenizer } from './text/tokenizer.ts'
export { loadTokenizer, tokenizerOf } from './text/tokenizer.ts'
