export type { Annotator, Judge, TeacherFault } from './types.ts'
