import { execFile, spawnSync } from 'node:child_process'
import { tmpdir } from 'node:os'

/** A file system of memory that only a process and its children see: what it takes to have a full disk without filling one. */
const mounting = (size: string, place: string): readonly string[] => [
  '-rm',
  'sh',
  '-c',
  `mount -t tmpfs -o size=${size} none ${place} && exec "$@"`,
  'sh',
]

/** Whether this machine lets a process have mounts of its own. */
export const canMount = (): boolean =>
  spawnSync('unshare', [...mounting('1m', tmpdir()), 'true'], { timeout: 10_000 }).status === 0

/** Runs a script in a process that has a disk of that size ("400k") at a folder that is there; what it wrote on its standard output. */
export const onSmallDisk = (size: string, place: string, script: string): Promise<string> =>
  new Promise((resolve, reject) =>
    execFile(
      'unshare',
      [...mounting(size, place), process.execPath, script],
      { timeout: 120_000 },
      (error, stdout, stderr) => (error === null ? resolve(stdout) : reject(new Error(`${error.message}\n${stderr}`))),
    ),
  )
