import { tryAdvantageFaults } from './mutants/advantage-suite.ts'
import { tryFlowFaults } from './mutants/flow-suite.ts'

/** Seeded faults against the laws, room by room; exit 1 when one survives the law that is named for it. */
const survivors = (await tryAdvantageFaults()) + (await tryFlowFaults())
process.exit(survivors === 0 ? 0 : 1)
