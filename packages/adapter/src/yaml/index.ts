/** Files of settings that know where each of their values stands: the bus reads its own by it, too. */
export { type FileFault, faultText, renderFault } from './file-fault.js'
export { LocatedYaml, type Path } from './located-yaml.js'
export { maxYamlBytes } from './yaml-bounds.js'
