export type {
  Completion,
  Engine,
  EngineFault,
  Prompt,
  Sampling,
  StepReport,
  TrainGroup,
} from './engine.ts'
export type {
  ImageMedium,
  Medium,
  PatchSizes,
  PixelBounds,
  VideoMedium,
  VisionOptions,
} from './text/medium.ts'
export type { PromptFault } from './text/medium-patches.ts'
export { mediumPatches } from './text/medium-patches.ts'
export type { Preprocessor } from './text/preprocessor.ts'
export { loadPreprocessor } from './text/preprocessor.ts'
export type { Message, Part, PromptOptions } from './text/prompt.ts'
export { promptOf } from './text/prompt.ts'
export type { ChatPart, ChatPromptOptions, ChatTurn } from './text/qwen-chat-prompt.ts'
export { qwenChatPrompt } from './text/qwen-chat-prompt.ts'
export type { QwenPromptOptions, Viewed, ViewedRecord } from './text/qwen-prompt.ts'
export { qwenPrompt } from './text/qwen-prompt.ts'
export type { Tokenizer } from './text/tokenizer.ts'
export { loadTokenizer, tokenizerOf } from './text/tokenizer.ts'
