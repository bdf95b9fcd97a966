import js from '@eslint/js';
import prettier from 'eslint-config-prettier/flat';
import jsdoc from 'eslint-plugin-jsdoc';
import { relative } from 'node:path';
import tseslint from 'typescript-eslint';

import { publicFiles } from './scripts/public-files.mjs';

/** What Node gives to every module beyond the language itself. */
const nodeGlobals = Object.fromEntries(
  [
    ...['process', 'console', 'Buffer', 'URL', 'URLSearchParams', 'fetch', 'performance', 'structuredClone'],
    ...['AbortController', 'AbortSignal', 'TextEncoder', 'TextDecoder', 'queueMicrotask'],
    ...[
      'crypto',
      'setTimeout',
      'clearTimeout',
      'setInterval',
      'clearInterval',
      'setImmediate',
      'clearImmediate',
    ],
  ].map((name) => [name, 'readonly']),
);

/** That the comments of what a selector finds must have a tag. The plugin matches selectors of one node only. */
const tag = (name, what, context) => ({
  context,
  comment: `JsdocBlock:not(*:has(JsdocTag[tag=${name}]))`,
  message: `The comment of ${what} needs @${name}.`,
});

const OPTION =
  'TSPropertySignature[optional=true][parent.parent.id.name=/(Options|Request|Range|Settings|Structure)$/]';
const METHOD =
  'MethodDefinition[kind=method][parent.parent.id.name=/^Sessions(Service|Module|Client)$/][key.name!=/^(configure|onModule)/]';
const OF_TURN = 'TSMethodSignature[parent.parent.id.name=Turn]';
const FUNCTION = 'FunctionDeclaration[parent.type=ExportNamedDeclaration][id.name=/^(Inject|get|create)/]';
const CLASS =
  'ClassDeclaration[id.name=/^(Sessions(Service|Module|Client|HealthIndicator|OptionsError)|AgentSessions(Exception|Error))$/]';
const CONSTANT =
  'VariableDeclaration[parent.type=ExportNamedDeclaration][declarations.0.id.name=/^(entities|migrations|lifecycleEvents)$/]';

export default tseslint.config(
  {
    ignores: [
      '**/dist/',
      'temp/',
      'node_modules/',
      'coverage/',
      'examples/generated-client/schema.d.ts',
      'test/package/apps/',
    ],
  },
  { linterOptions: { reportUnusedDisableDirectives: 'error' } },
  js.configs.recommended,
  {
    files: ['**/*.{js,mjs,cjs}'],
    languageOptions: { globals: nodeGlobals },
  },
  {
    files: ['**/*.cjs'],
    languageOptions: { sourceType: 'commonjs' },
  },
  {
    files: ['**/*.{ts,tsx,cts}'],
    extends: [tseslint.configs.strictTypeChecked, tseslint.configs.stylisticTypeChecked],
    // One program for all files: the examples have projects of their own, which need a build.
    languageOptions: { parserOptions: { project: 'tsconfig.json', tsconfigRootDir: import.meta.dirname } },
    rules: {
      '@typescript-eslint/no-extraneous-class': ['error', { allowWithDecorator: true }],
      '@typescript-eslint/no-unused-vars': ['error', { argsIgnorePattern: '^_' }],
      // Option literals for Nest's option classes are how Nest is used.
      '@typescript-eslint/no-unsafe-class-instance-assignment': 'off',
      '@typescript-eslint/no-invalid-void-type': ['error', { allowAsThisParameter: true }],
      '@typescript-eslint/restrict-template-expressions': ['error', { allowNumber: true }],
      // A new outcome, fact or message has to be handled wherever the others are.
      '@typescript-eslint/switch-exhaustiveness-check': [
        'error',
        { considerDefaultExhaustiveForUnions: true },
      ],
    },
  },
  {
    // Runs in browsers.
    files: ['console/**/*.{ts,tsx,cts}'],
    languageOptions: { parserOptions: { project: 'console/tsconfig.json' } },
  },
  {
    // Its types are generated from a running server; its test compiles it.
    files: ['examples/generated-client/**/*.ts'],
    extends: [tseslint.configs.disableTypeChecked],
  },
  {
    // Flags that change while a test awaits look constant to the compiler, and arrays of fixed fleets have no holes.
    files: ['test/faults/**/*.ts'],
    rules: {
      '@typescript-eslint/no-unnecessary-condition': 'off',
      '@typescript-eslint/non-nullable-type-assertion-style': 'off',
    },
  },
  {
    // What the package exports; that it has comments at all, and their syntax, is checked by `npm run lint:api`.
    files: publicFiles().map((file) => relative(import.meta.dirname, file)),
    plugins: { jsdoc },
    settings: { jsdoc: { mode: 'typescript' } },
    rules: {
      'jsdoc/no-restricted-syntax': [
        'error',
        {
          contexts: [
            tag('default', 'an optional setting', OPTION),
            ...[METHOD, OF_TURN].flatMap((method) => [
              tag('throws', 'a public method', method),
              tag('example', 'a public method', method),
            ]),
            tag('example', 'a public function', FUNCTION),
            tag('example', 'a public class', CLASS),
            tag('example', 'a public constant', CONSTANT),
          ],
        },
      ],
    },
  },
  prettier,
);
