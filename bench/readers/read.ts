import { either as E } from 'fp-ts'
import { readDataset } from 'kinograd/dataset'
import { report } from './report.ts'

let count = 0
for await (const record of readDataset(process.argv[2] ?? '')) if (E.isRight(record)) count += 1
report(count)
