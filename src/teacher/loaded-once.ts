/**
 * What a function loads, loaded when it is first asked for and then the same for all: the SDKs of vendors take most of a second to load,
 * which only who asks a server should pay. Loading that failed is tried again with the next question.
 */
export const loadedOnce = <A>(load: () => Promise<A>): (() => Promise<A>) => {
  let loaded: Promise<A> | undefined
  return () => {
    loaded ??= load().catch(error => {
      loaded = undefined
      throw error
    })
    return loaded
  }
}
