/** The import rules over every source, and a look that the cruise saw the sources at all: without @swc/core it reads none and says all is well. */
import { createRequire } from 'node:module'
import { cruise, format } from 'dependency-cruiser'

const { forbidden, options } = createRequire(import.meta.url)('../../.dependency-cruiser.cjs')
const { output } = await cruise(['packages/client/src', 'packages/adapter/src', 'packages/bus/src'], {
  ...options,
  validate: true,
  ruleSet: { forbidden },
})
const sources = output.modules.filter(({ source }) => /^packages\/[^/]+\/src\//.test(source))
const edges = sources.reduce((sum, { dependencies }) => sum + dependencies.length, 0)
console.log((await format(output, { outputType: 'err-long' })).output)
if (sources.length < 20 || edges < 20) {
  console.error(`Only ${sources.length} sources and ${edges} imports were read. Is @swc/core installed?`)
  process.exit(1)
}
process.exit(output.summary.error > 0 ? 1 : 0)
