/**
 * Who may import whom (docs/ARCHITECTURE.md, "Direction"). Three packages with one direction, and inside the server a line of modules, each of
 * which knows only those to its left.
 */
const LAYERS = [
  'platform',
  'accounts',
  'signing',
  'members',
  'ledger',
  'programs',
  'rewards',
  'orders',
  'certification',
  'app',
  'main',
]
const later = (i) => LAYERS.slice(i + 1).join('|')

/** What of node_modules a package may not reach, and Node's own modules. */
const OUTSIDE = ['npm', 'npm-dev', 'npm-optional', 'npm-peer', 'npm-bundled', 'npm-no-pkg', 'npm-unknown', 'core']
/** Tests, and the brands that only tests build, may use the test runner and Node. */
const TESTS = '(\\.test|/test-[a-z-]+)\\.ts$'

module.exports = {
  forbidden: [
    { name: 'no-cycles', severity: 'error', from: {}, to: { circular: true } },
    { name: 'everything-resolves', severity: 'error', from: {}, to: { couldNotResolve: true } },
    {
      name: 'contract-imports-nobody',
      comment: 'What we say is said to everybody: a till, a browser and the server read the same package.',
      severity: 'error',
      from: { path: '^contract/' },
      to: { path: '^(engine|sdk|server|pos|test)/' },
    },
    {
      name: 'contract-runs-anywhere',
      comment: 'WebCrypto and TypeBox; nothing of Node.',
      severity: 'error',
      from: { path: '^contract/src/', pathNot: TESTS },
      to: { dependencyTypes: OUTSIDE, pathNot: '^node_modules/typebox/' },
    },
    {
      name: 'engine-imports-nobody',
      comment: 'What decides is pure: no contract, no package, no clock, no store.',
      severity: 'error',
      from: { path: '^engine/src/', pathNot: TESTS },
      to: { pathNot: '^engine/src/' },
    },
    {
      name: 'engine-tests-know-engine-only',
      severity: 'error',
      from: { path: '^engine/' },
      to: { path: '^(contract|sdk|server|pos|test)/' },
    },
    {
      name: 'sdk-imports-nobody',
      comment:
        'It is shipped without dependencies: of the contract it takes types only, and Node is behind one door (journals in files).',
      severity: 'error',
      from: { path: '^sdk/src/', pathNot: [TESTS, '/test-[a-z-]+\\.ts$', '^sdk/src/node/'] },
      to: { pathNot: ['^sdk/src/(?!node/)', '^contract/'], dependencyTypesNot: ['type-only'] },
    },
    {
      name: 'sdk-is-a-client',
      comment:
        'It works against every server that speaks the contract; it may know nothing of ours. Its tests run the real server as a program.',
      severity: 'error',
      from: { path: '^sdk/' },
      to: { path: '^(engine|server|pos)/' },
    },
    {
      name: 'pos-is-a-partner',
      comment: 'What a partner would have: the SDK, and nothing of the server.',
      severity: 'error',
      from: { path: '^pos/' },
      to: { path: '^(contract|engine|server)/' },
    },
    ...LAYERS.slice(0, -1).map((layer, i) => ({
      name: `${layer}-looks-left-only`,
      severity: 'error',
      from: { path: `^server/src/${layer}/` },
      to: { path: `^server/src/(${later(i)})/` },
    })),
    {
      name: 'replay-knows-the-platform-only',
      comment: 'Its recomputation shares no code with what it checks: neither the engine nor any module of the server.',
      severity: 'error',
      from: { path: '^server/src/replay/' },
      to: { path: '^(engine|contract|server/src/(?!replay/|platform/))' },
    },
    {
      name: 'only-main-replays',
      comment: 'What-if plays the same history with the same customers.',
      severity: 'error',
      from: { path: '^server/src/(?!replay/|simulate/|main/)' },
      to: { path: '^server/src/replay/' },
    },
    {
      name: 'certify-is-a-client',
      comment: 'It must fit any server that speaks the contract, so it knows the contract and nothing of ours.',
      severity: 'error',
      from: { path: '^server/src/certify/' },
      to: { path: '^(engine|server/src/(?!certify/|platform/))' },
    },
    {
      name: 'only-main-certifies',
      severity: 'error',
      from: { path: '^server/src/(?!certify/|main/)' },
      to: { path: '^server/src/certify/' },
    },
    {
      name: 'simulate-knows-programs-and-history-only',
      comment: 'It asks the engine alone: neither a database nor a server is needed.',
      severity: 'error',
      from: { path: '^server/src/simulate/' },
      to: { path: '^server/src/(?!simulate/|replay/|programs/|platform/)' },
    },
    {
      name: 'only-main-simulates',
      severity: 'error',
      from: { path: '^server/src/(?!simulate/|main/)' },
      to: { path: '^server/src/simulate/' },
    },
    {
      name: 'only-main-seeds',
      comment: 'It plays customers at the order desk; nothing that serves knows of it.',
      severity: 'error',
      from: { path: '^server/src/(?!seed/|main/)' },
      to: { path: '^server/src/seed/' },
    },
    {
      name: 'seed-looks-left-only',
      severity: 'error',
      from: { path: '^server/src/seed/' },
      to: { path: '^server/src/(app|main|replay|simulate)/' },
    },
    {
      name: 'bench-knows-the-platform-only',
      comment:
        'It measures the product from outside: by its command and its API. What it borrows is a PostgreSQL to run on, and a progress bar.',
      severity: 'error',
      from: { path: '^bench/' },
      to: { path: '^(contract|engine|test)/|^server/src/(?!platform/)' },
    },
    {
      name: 'front-door-only',
      comment:
        'A module is used through its index.ts; inside it, everybody knows everybody. Platform has no domain to hide: a command may load one file of it.',
      severity: 'error',
      from: { path: '^server/src/([^/]+)/', pathNot: TESTS },
      to: {
        path: '^server/src/[^/]+/',
        pathNot: ['^server/src/$1/', '^server/src/[^/]+/index\\.ts$', '^server/src/platform/'],
      },
    },
    {
      name: 'packages-by-their-front-door',
      severity: 'error',
      from: { path: '^(contract|engine|sdk|server|pos|test)/' },
      to: {
        path: '^(contract|engine|sdk|server)/src/',
        pathNot: ['^$1/', '^(contract|engine|sdk|server)/src/index\\.ts$', '^sdk/src/node/index\\.ts$'],
      },
    },
    {
      name: 'pg-lives-in-platform',
      comment: 'One place knows the driver: its types, its errors, its pool.',
      severity: 'error',
      from: { path: '^server/src/', pathNot: ['^server/src/platform/', TESTS] },
      to: { path: '^node_modules/pg/' },
    },
    {
      name: 'fastify-lives-in-app',
      comment: 'Use cases know no HTTP.',
      severity: 'error',
      from: { path: '^server/src/', pathNot: ['^server/src/app/', TESTS] },
      to: { path: '^node_modules/(fastify|@fastify)/' },
    },
    {
      name: 'tests-are-imported-by-nobody',
      severity: 'error',
      from: { pathNot: [TESTS, '^test/', '^sdk/bench/', '/test-[a-z-]+\\.ts$'] },
      to: { path: ['\\.test\\.ts$', '^test/', '/test-[a-z-]+\\.ts$'] },
    },
  ],
  options: {
    doNotFollow: { path: 'node_modules' },
    exclude: { path: ['(^|/)(dist|coverage|\\.data|\\.stryker)/', '^bench/peers/'] },
    tsPreCompilationDeps: true,
    tsConfig: { fileName: 'tsconfig.json' },
    enhancedResolveOptions: {
      exportsFields: ['exports'],
      conditionNames: ['import', 'node', 'default', 'types'],
      extensions: ['.ts', '.js', '.cjs', '.mjs', '.json'],
    },
  },
}
