/** The arrows of the house: who may import whom, each with its reason. Tests may reach further than what they test. */
const notTests = '\\.test\\.tsx?$|^lib/testing/|^lib/simulator/(rules|testing)/';

/** @type {import('dependency-cruiser').IConfiguration} */
module.exports = {
  forbidden: [
    {
      name: 'core-is-pure',
      severity: 'error',
      comment: 'States and windows stay testable without a database, a clock or a network.',
      from: { path: '^lib/(custody|connections|handoff)/core/', pathNot: notTests },
      to: { pathNot: ['^lib/(custody|connections|handoff)/core/', '^lib/kernel/'] },
    },
    {
      name: 'kernel-imports-nothing-of-ours',
      severity: 'error',
      comment: 'Everything stands on it, so it stands on nothing.',
      from: { path: '^lib/kernel/', pathNot: notTests },
      to: { path: '^(app|lib|components)/', pathNot: '^lib/kernel/' },
    },
    {
      name: 'simulator-and-adapters-meet-over-http-only',
      severity: 'error',
      comment: 'They are two readings of one protocol; sharing a helper would share its mistakes.',
      from: { path: '^lib/simulator/', pathNot: notTests },
      to: { path: '^(app|lib|components)/', pathNot: '^lib/(simulator|kernel)/' },
    },
    {
      name: 'nobody-imports-the-simulator',
      severity: 'error',
      comment: 'The product knows it as an origin. Only the commands that start it, and tests, know its code.',
      from: { path: '^(app|lib|components)/', pathNot: `^lib/(simulator|ops)/|${notTests}` },
      to: { path: '^lib/simulator/' },
    },
    {
      name: 'sealed-tokens-are-spent-in-one-place',
      severity: 'error',
      comment: 'A token we present is one the partner can no longer use; only an opted-in renewal may.',
      from: { path: '^(app|lib)/', pathNot: `^lib/custody/renew\\.ts$|${notTests}` },
      to: { path: '^lib/providers/.+/refresh\\.ts$' },
    },
    {
      name: 'feature-to-feature-through-the-index',
      severity: 'error',
      comment: 'A room decides what the rest of the house may call.',
      from: { path: '^lib/(\\w+)/', pathNot: notTests },
      to: {
        path: '^lib/(custody|consent|handoff|targets|tenancy|connections|sandbox|sweep|vault|keys|audit|anchor|restore|providers|session|branding|i18n|api|embed|logo)/',
        pathNot: [
          '^lib/$1/',
          '^lib/\\w+/index\\.ts$',
          '^lib/providers/provider\\.ts$',
          '^lib/providers/.+/refresh\\.ts$', // held by the rule above
          '^lib/handoff/core/formats/catalogue\\.ts$', // a list of words, which a target is told by
        ],
      },
    },
    {
      name: 'routes-call-verbs',
      severity: 'error',
      comment: 'Edges parse, call one verb and present; tables, keys and the network are not theirs.',
      from: { path: '^app/', pathNot: notTests },
      to: {
        path: '^lib/(vault|keys|http|audit|anchor|restore|jobs|ops|simulator)/|^lib/\\w+/store\\.ts$|^lib/db/(client|generated)',
      },
    },
    {
      name: 'components-hold-no-secret',
      severity: 'error',
      comment: 'A component gets plain props; what can open a secret must not end up in a browser bundle.',
      from: { path: '^components/', pathNot: notTests },
      to: {
        path: '^(lib|app)/',
        pathNot: '^lib/(branding|i18n|kernel|handoff/core)/',
        dependencyTypesNot: ['type-only'],
      },
    },
    {
      name: 'only-http-dials-out',
      severity: 'error',
      comment: 'One way out of the house: time limits, no redirects, no private addresses.',
      from: { path: '^(app|lib|components)/', pathNot: `^lib/(http|simulator)/|${notTests}` },
      to: { path: 'node_modules/undici/|^(node:)?(https?|http2)$', pathNot: '^$' },
    },
    {
      name: 'only-db-holds-connections',
      severity: 'error',
      comment: 'A connection outside lib/db is one without a tenant.',
      from: { path: '^(app|lib|components)/', pathNot: `^lib/(db|ops)/|${notTests}` },
      to: { path: 'node_modules/(pg|@prisma)/|^lib/db/client\\.ts$' },
    },
    {
      name: 'the-embed-script-imports-nothing',
      severity: 'error',
      comment:
        "It runs on other people's pages: nothing of the house may end up there, and two kilobytes are all it has.",
      from: { path: '^lib/embed/embed\\.ts$' },
      to: {},
    },
    {
      name: 'embed-is-its-own-room',
      severity: 'error',
      comment: 'Beside the script it only knows what was published.',
      from: { path: '^lib/embed/', pathNot: notTests },
      to: { path: '^(app|lib|components)/', pathNot: '^lib/embed/' },
    },
    {
      name: 'pictures-are-decoded-in-one-place',
      severity: 'error',
      comment:
        'A decoder meets hostile files: it runs in a process of its own, started by lib/logo and by nobody else.',
      from: { path: '^(app|lib|components)/', pathNot: `^lib/logo/draw\\.ts$|${notTests}` },
      to: { path: 'node_modules/(sharp|@img)/|^lib/logo/draw\\.ts$' },
    },
    {
      name: 'next-auth-stays-in-one-room',
      severity: 'error',
      comment: "It signs members in and never sees a provider's token.",
      from: { path: '^(app|lib|components)/', pathNot: '^lib/session/' },
      to: { path: 'node_modules/(next-auth|@auth)/' },
    },
    {
      name: 'no-circles',
      severity: 'error',
      comment: 'A circle is one room that pretends to be two.',
      from: {},
      to: { circular: true, viaOnly: { dependencyTypesNot: ['type-only'] } },
    },
    {
      name: 'not-to-dev',
      severity: 'error',
      comment:
        'What runs in production is a dependency. The folder of the simulator’s rule tests holds what they share.',
      from: { path: '^(app|lib|components)/', pathNot: `${notTests}|^lib/ops/|^lib/simulator/rules/` },
      to: { dependencyTypes: ['npm-dev'] },
    },
  ],
  options: {
    doNotFollow: { path: 'node_modules' },
    exclude: { path: '^(\\.next|lib/db/generated)/' },
    tsPreCompilationDeps: true,
    tsConfig: { fileName: 'tsconfig.json' },
    enhancedResolveOptions: {
      exportsFields: ['exports'],
      conditionNames: ['import', 'node', 'default', 'types'],
      extensions: ['.ts', '.tsx', '.mjs', '.js'],
    },
  },
};
