/** What is promised on the way to a system, in half a sentence; docs/explanation/delivery-promises.md has it whole. */
export const deliveryPromise =
  'exactly once where it is transactional, elsewhere at least once with the same key at every try, so that repeats have no effect where it honours that key'
