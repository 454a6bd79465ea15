/** Made-up permits of a made-up city. */
const streets = ['12 Elm Street', '4 Harbour Road', '77 Mill Lane', '9 Station Square', '31 Garden Row']
const inspectors = ['Lee', 'Okafor', 'Novak', 'Rossi']

/** The permit of the `count`th approval. Its number is new with every start, so that what an earlier run left is no duplicate. */
export function nextPermit(count) {
  const now = new Date()
  return {
    permitId: Math.floor(now.getTime() / 1_000) * 100 + (count % 100),
    address: streets[count % streets.length],
    date: now.toISOString().slice(0, 10),
    inspectorName: inspectors[count % inspectors.length],
  }
}
