export type { CheckpointOptions, Checkpoints, Reached } from './checkpoints.ts'
export { checkpoints } from './checkpoints.ts'
export type {
  Completion,
  Engine,
  EngineFault,
  Prompt,
  Sampling,
  SaveOptions,
  StepReport,
  TrainGroup,
} from './engine.ts'
export type { Keep } from './keep.ts'
export { checkpointFolder } from './text/checkpoint-folder.ts'
export { loadTokenizer } from './text/load-tokenizer.ts'
export type {
  Medium,
  PatchSizes,
  PixelBounds,
  VisionOptions,
} from './text/medium.ts'
export type { PromptFault } from './text/medium-patches.ts'
export { clipAsPictures } from './text/pictures.ts'
export type { Preprocessor } from './text/preprocessor.ts'
export { loadPreprocessor } from './text/preprocessor.ts'
export type { Message, Part, PromptOptions } from './text/prompt.ts'
export { promptOf } from './text/prompt.ts'
export { promptFromBytes, promptFromJson, promptToBytes, promptToJson } from './text/prompt-codec.ts'
export type { PromptModel, PromptValue } from './text/prompt-value.ts'
export { promptValue } from './text/prompt-value.ts'
export type { ChatPart, ChatPromptOptions, ChatTurn } from './text/qwen-chat-prompt.ts'
export { qwenChatPrompt } from './text/qwen-chat-prompt.ts'
export type { QwenPromptOptions, Viewed, ViewedRecord } from './text/qwen-prompt.ts'
export { qwenPrompt } from './text/qwen-prompt.ts'
export type { Tokenizer, TokenizerFiles } from './text/tokenizer.ts'
export { tokenizerOf } from './text/tokenizer.ts'
