/**
 * Which room may know which. The comment of a rule says what to do instead of the import it refuses.
 * `test/import-rules.test.ts` plants a breach of each rule and sees it refused: a new rule needs a breach there.
 */

const bus = '^packages/bus/src/'
const client = '^packages/client/(src|dist)/'
const adapter = '^packages/adapter/(src|dist)/'
/** The ports and the event: what every room of the bus may know. */
const ports =
  '^packages/bus/src/((event|clock|json|json-fault|raw-payloads)|(engines/engine|store/(store|failures)|contracts/contract|delivery/receiver|publish/incoming|observe/log|registry/(config|environment)))\\.ts$'
const module_ = (name) => `(^|/)node_modules/${name}/`

/** @type {import('dependency-cruiser').IConfiguration} */
module.exports = {
  forbidden: [
    {
      name: 'no-unresolvable',
      comment:
        'An import that leads nowhere. Build first (`npm run build`); if it stays, mend the path or add the package to package.json.',
      severity: 'error',
      from: {},
      to: { couldNotResolve: true },
    },
    {
      name: 'no-cycles',
      comment: 'Two files need each other, if only for a type. Move what both need into a third file, or give it over as an argument.',
      severity: 'error',
      from: {},
      to: { circular: true },
    },
    {
      name: 'no-undeclared-packages',
      comment:
        'The package is not in the package.json of this workspace: installed alone, it would be missing. Declare it with an exact version.',
      severity: 'error',
      from: { path: '^packages/' },
      to: { dependencyTypes: ['npm-no-pkg', 'npm-unknown', 'npm-dev'] },
    },
    {
      name: 'client-stands-alone',
      comment: 'The client knows no other package of ours. Put what both sides need into packages/client and import it from there.',
      severity: 'error',
      from: { path: client },
      to: { path: '^packages/(?!client/)' },
    },
    {
      name: 'client-needs-only-ws',
      comment:
        'The client depends on ws alone, so that it installs in a second. Write the few lines yourself or leave the feature to the bus.',
      severity: 'error',
      from: { path: client },
      to: { path: 'node_modules/', pathNot: module_('(@types/)?ws') },
    },
    {
      name: 'adapter-knows-only-client',
      comment:
        'An adapter runs beside a foreign system, without a bus. Take wire types and errors from @hms-sync/client; let the bus hand over the rest.',
      severity: 'error',
      from: { path: adapter },
      to: { path: '^packages/(?!adapter/|client/)' },
    },
    {
      name: 'undici-in-sinks-only',
      comment:
        'Only a sink (and the guard on outbound addresses) calls foreign systems. Write a sink in packages/adapter/src/sinks and call that.',
      severity: 'error',
      from: { path: '^packages/', pathNot: '^packages/adapter/src/(sinks/|outbound)' },
      to: { path: module_('undici') },
    },
    {
      name: 'fastify-in-server-only',
      comment: 'HTTP ends at server/. Answer with values and SyncError from the other rooms; a route in server/ turns them into HTTP.',
      severity: 'error',
      from: { path: '^packages/', pathNot: `${bus}server/` },
      to: { path: module_('(@fastify/[^/]+|fastify[^/]*)') },
    },
    {
      name: 'commander-in-cli-only',
      comment: 'Arguments are read in cli/ only. Take a typed option instead.',
      severity: 'error',
      from: { path: '^packages/', pathNot: `${bus}cli/` },
      to: { path: module_('commander') },
    },
    {
      name: 'sqlite-in-its-driver-only',
      comment:
        'The SQLite library is chosen in sqlite/driver.ts, and for the sink in sinks/sqlite/sqlite-library.ts. Use the writer and the readers of sqlite/.',
      severity: 'error',
      from: { path: '^packages/', pathNot: `${bus}sqlite/driver\\.ts$|^packages/adapter/src/sinks/sqlite/sqlite-library\\.ts$` },
      to: { path: `${module_('@photostructure/sqlite')}|^(node:)?sqlite$` },
    },
    {
      name: 'sqlite-knows-no-room',
      comment: 'sqlite/ serves engines and stores and knows neither. Give it statements and values.',
      severity: 'error',
      from: { path: `${bus}sqlite/` },
      to: { path: bus, pathNot: `${bus}(sqlite/|event\\.ts$|clock\\.ts$|observe/log\\.ts$)` },
    },
    {
      name: 'engine-knows-its-port',
      comment:
        'An engine knows its port, its own folder, its own library and sqlite/. What has a promise on delivery belongs above it, in publish/ or delivery/.',
      severity: 'error',
      from: { path: `${bus}engines/([^/]+)/` },
      to: { path: bus, pathNot: `${bus}(engines/$1/|engines/[^/]+\\.ts$|sqlite/|event\\.ts$|clock\\.ts$|json\\.ts$|observe/log\\.ts$)` },
    },
    {
      name: 'store-knows-its-port',
      comment: 'A store knows its port, its own folder, its own library and sqlite/. Decide above it and store the result.',
      severity: 'error',
      from: { path: `${bus}store/([^/]+)/` },
      to: { path: bus, pathNot: `${bus}(store/$1/|store/[^/]+\\.ts$|sqlite/|event\\.ts$|clock\\.ts$|json\\.ts$|observe/log\\.ts$)` },
    },
    {
      name: 'ports-know-only-the-event',
      comment: 'A port names other ports, the event and the wire types, never an implementation. Turn the dependency round.',
      severity: 'error',
      from: { path: ports },
      to: { path: bus, pathNot: ports },
    },
    {
      name: 'implementations-in-the-composition-root-only',
      comment:
        'Only open-bus.ts, open-storage.ts and open-project.ts choose an engine and a store (doctor reads versions). Take `Engine` or `Store`, the ports, as an argument.',
      severity: 'error',
      from: {
        path: bus,
        pathNot: `${bus}(open-(bus|storage|project)\\.ts$|engines/|store/|sqlite/|testing/|cli/doctor[^/]*\\.ts$)`,
      },
      to: { path: `${bus}(engines|store)/([^/]+/|index\\.ts$)|${bus}sqlite/` },
    },
    {
      name: 'rooms-do-not-look-up',
      comment:
        'The event walks one way: server → bus → publish, delivery, adapters → ports. Take a port or a function as an argument instead of calling back up.',
      severity: 'error',
      from: { path: `${bus}(topics|publish|delivery|records|contracts|registry|security|cluster|observe|sqlite|engines|store)/` },
      to: { path: `${bus}(bus\\.ts$|index\\.ts$|open-(bus|storage|project)\\.ts$|server/|session/|cli/|adapters/|testing/)` },
    },
    {
      name: 'adapters-know-the-bus-only',
      comment: 'The adapters’ room speaks to the bus through bus.ts and the ports, as every member of a group does.',
      severity: 'error',
      from: { path: `${bus}adapters/` },
      to: { path: `${bus}(index\\.ts$|open-(bus|storage|project)\\.ts$|server/|session/|cli/|testing/)` },
    },
    {
      name: 'bus-knows-no-door',
      comment: 'bus.ts puts the parts together and knows no door. Let server/, session/ and adapters/ call it.',
      severity: 'error',
      from: { path: `${bus}bus\\.ts$` },
      to: { path: `${bus}(server/|session/|adapters/|cli/|testing/|open-(bus|storage|project)\\.ts$|index\\.ts$)` },
    },
    {
      name: 'session-knows-no-channel',
      comment: 'session/ says what one connected client may say, over any channel. Give it a channel; server/ and open-bus.ts make them.',
      severity: 'error',
      from: { path: `${bus}session/` },
      to: { path: `${bus}(server/|cli/|adapters/|testing/|open-(bus|storage|project)\\.ts$|index\\.ts$)` },
    },
    {
      name: 'server-speaks-to-the-bus',
      comment: 'A route turns HTTP into one call of the bus or of a session. Put what decides into the room that owns it.',
      severity: 'error',
      from: { path: `${bus}server/` },
      to: {
        path: bus,
        pathNot: `${bus}(server/|session/|observe/|bus\\.ts$|operations\\.ts$|security/)|${ports}`,
      },
    },
    {
      name: 'cli-speaks-through-the-client',
      comment: 'A command speaks to a bus through @hms-sync/client, as a user would. Only serve.ts starts one.',
      severity: 'error',
      from: { path: `${bus}cli/`, pathNot: `${bus}cli/(serve|init|check|doctor|topics-add)[^/]*\\.ts$` },
      to: { path: bus, pathNot: `${bus}cli/` },
    },
    {
      name: 'cli-folder-commands-know-the-registry',
      comment:
        'init, check, doctor and topics add work on the folder’s files through registry/. They start no bus and open no data; doctor looks at the data folder from outside, and check loads adapter files in a worker.',
      severity: 'error',
      from: { path: `${bus}cli/(init|check|doctor|topics-add)[^/]*\\.ts$` },
      to: { path: bus, pathNot: `${bus}(cli/|registry/|contracts/|sqlite/inspect-folder\\.ts$|adapters/inspect-adapters\\.ts$)|${ports}` },
    },
    {
      name: 'cli-serve-starts-a-bus',
      comment: 'serve.ts puts open-project.ts and server/ together. What more it needs, those two give.',
      severity: 'error',
      from: { path: `${bus}cli/serve[^/]*\\.ts$` },
      to: { path: bus, pathNot: `${bus}(cli/|server/|registry/|contracts/|observe/|open-project\\.ts$|bus\\.ts$)|${ports}` },
    },
    {
      name: 'no-testing-in-production',
      comment: 'testing/ is for suites. Move what production needs into the room it belongs to.',
      severity: 'error',
      from: { path: bus, pathNot: `${bus}testing/` },
      to: { path: `${bus}testing/` },
    },
    {
      name: 'no-tests-in-sources',
      comment: 'Sources never import tests. Move the shared part into testing/.',
      severity: 'error',
      from: { path: '^packages/[^/]+/src/' },
      to: { path: '/test/' },
    },
  ],
  options: {
    parser: 'swc',
    tsPreCompilationDeps: true,
    doNotFollow: { path: ['node_modules', '^packages/[^/]+/dist'] },
    enhancedResolveOptions: { exportsFields: ['exports'], conditionNames: ['import', 'require', 'node', 'default'] },
  },
}
