import type { Session, World } from './world.ts'

/** Ends a session: its models are freed, what waits for them fails, its samplers are gone. */
export const endSession = (world: World, session: Session): void => {
  session.creations.close()
  for (const [id, model] of world.models)
    if (model.session === session.id) {
      model.requests.close()
      model.open.engine.dispose()
      world.models.delete(id)
    }
  for (const [id, sampler] of world.samplers)
    if (sampler.session === session.id) {
      world.samplers.delete(id)
      world.futures.forget(id)
    }
  world.sessions.delete(session.id)
  world.ended.add(session.id)
}

/** Ends the sessions that were not heard of for so long. */
export const endSilent = (world: World, seconds: number, now: number): void => {
  for (const session of world.sessions.values()) if (now - session.heard > 1000 * seconds) endSession(world, session)
}
