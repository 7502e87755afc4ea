import { isAbsolute, resolve } from 'node:path'

/** Where a configuration lies: paths in it are taken from there. */
export interface Place {
  /** Folder of the configuration's file. */
  readonly folder: string
}

/** A path of the configuration as one that the process can open. */
export const pathAt = ({ folder }: Place, path: string): string => (isAbsolute(path) ? path : resolve(folder, path))
