import { join } from 'node:path'

/** The folder of what is done beside a run, inside of the run's: it is there while that goes on. */
export const folderBeside = (directory: string): string => join(directory, 'beside')

/** The folder of one run of an arm, a run of its own as long as it goes on. */
export const folderOfArm = (directory: string, name: string): string => join(folderBeside(directory), name)
