import { execFile } from 'node:child_process'
import { promisify } from 'node:util'
import type { Row } from '../row.ts'

/**
 * A bench once more with large products in bfloat16 on both sides, in a process of its own: TensorFlow reads that when it is loaded. No
 * rows where this is that process already, or where TensorFlow has none such here.
 */
export const rowsInBfloat16 = async (
  name: string,
  { peers, rest }: { readonly peers: boolean; readonly rest: readonly string[] },
): Promise<readonly Row[]> => {
  if (process.env.KINOGRAD_MATMUL_PRECISION === 'bfloat16') return []
  const env = { ...process.env, KINOGRAD_MATMUL_PRECISION: 'bfloat16' }
  const args = [process.argv[1]!, name, ...rest, ...(peers ? ['--peers'] : [])]
  const { stdout } = await promisify(execFile)(process.execPath, args, { env, maxBuffer: 2 ** 24, timeout: 3_600_000 })
  const { rows }: { readonly rows: readonly Row[] } = JSON.parse(stdout.trim().split('\n').at(-1)!)
  return rows.map(row => ({ ...row, case: `${row.case}, products in bfloat16` }))
}
