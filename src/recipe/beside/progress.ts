import type { PolicyJob } from '../job.ts'
import type { Said } from './messages.ts'
import { type Task, taskInWords } from './task.ts'

/** How far a phase is, as the process says that does it. */
export type Progress = Extract<Said, { readonly kind: 'progress' }>

/** Shows how far the run of an arm is that is waited for, and in its note what else is on its way. */
export const shownBeside = ({ run }: Pick<PolicyJob, 'run'>, underWay: () => Iterable<Task>) => {
  const last = new Map<string, Progress>()
  let shown: string | undefined
  const others = (): readonly string[] =>
    [...underWay()]
      .map(taskInWords)
      .filter(task => task !== shown)
      .map(task => {
        const said = last.get(task)
        return said === undefined ? task : `${said.phase} ${said.done}/${said.total}`
      })
  const tell = (): void => {
    const now = shown === undefined ? undefined : last.get(shown)
    if (now === undefined) return
    const note = [now.note, ...others()].filter(part => part !== '').join('; ')
    run.status?.progress(now.phase, now.done, now.total, note)
  }
  return {
    progressed: (task: Task, said: Progress): void => {
      // A policy is one of many of its phase: how far that is, who waits for it says.
      if (task.kind === 'policy') return
      last.set(taskInWords(task), said)
      tell()
    },
    show: (task: Task | undefined): void => {
      shown = task && taskInWords(task)
      tell()
    },
  }
}
