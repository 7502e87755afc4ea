/**
 * Makes a function that may be called from inside itself: it runs `round`, and once more for every time it was called
 * meanwhile, in a loop and never by recursion. Gives whether this call ran the rounds; one from inside only asks for
 * another round.
 */
export const rounds = (round: () => void): (() => boolean) => {
  let running = false
  let again = false
  return () => {
    again = true
    if (running) return false
    running = true
    try {
      while (again) {
        again = false
        round()
      }
    } finally {
      running = false
    }
    return true
  }
}
