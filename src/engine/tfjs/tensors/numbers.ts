import * as tf from '@tensorflow/tfjs-core'

/**
 * What reading tensors gives, with every tensor freed that was made for it. `tf.tidy` looks for tensors in what it gives, and would go
 * through an array number by number, with a name for each: seconds, and hundreds of megabytes, for some millions.
 */
export const numbersFrom = <A>(read: () => A): A => {
  const given: A[] = []
  tf.tidy(() => {
    given.push(read())
  })
  return given[0]!
}
