export type {
  Completion,
  Engine,
  EngineFault,
  Objective,
  Prompt,
  Sampling,
  StepReport,
  TrainGroup,
} from './engine.ts'
