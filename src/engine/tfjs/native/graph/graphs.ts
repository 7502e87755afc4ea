import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { Binding, Made } from '../binding.ts'
import { type Graph, textOf } from './operation.ts'
import { feedName, savedModel, wantedName } from './saved-model.ts'

/** A session takes a megabyte or two; a training loop has a handful of graphs. */
const mostGraphs = 32

/** TensorFlow's session for a graph. It reads graphs from folders alone. */
const load = (binding: Binding, graph: Graph): number => {
  const folder = mkdtempSync(join(tmpdir(), 'kinograd-graph-'))
  try {
    writeFileSync(join(folder, 'saved_model.pb'), savedModel(graph))
    return binding.loadSavedModel(folder, 'serve')
  } finally {
    rmSync(folder, { recursive: true })
  }
}

/**
 * Runs graphs in sessions of TensorFlow: handles of what is fed → what is wanted, in their orders. A session is kept for the next graph
 * of the same text, whatever its shapes; making one takes about half a millisecond an operation. The 32 that were used last are kept.
 */
export const graphRunner = (binding: Binding): ((graph: Graph, feeds: readonly number[]) => readonly Made[]) => {
  const sessions = new Map<string, number>()
  return (graph, feeds) => {
    const key = textOf(graph)
    const session = sessions.get(key) ?? load(binding, graph)
    sessions.delete(key)
    sessions.set(key, session)
    const [oldest] = sessions
    if (sessions.size > mostGraphs && oldest !== undefined) {
      sessions.delete(oldest[0])
      binding.deleteSavedModel(oldest[1])
    }
    const names = feeds.map((_, i) => `${feedName(i)}:0`)
    const wanted = graph.wanted.map((_, i) => `${wantedName(i)}:0`)
    return binding.runSavedModel(session, feeds, names.join(','), wanted.join(','))
  }
}
