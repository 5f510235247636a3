import js from '@eslint/js';
import { defineConfig, globalIgnores } from 'eslint/config';
import tseslint from 'typescript-eslint';

/** Time comes from an injected clock, so that tests and sandboxes can set it. */
const noHiddenClock = [
  { selector: "CallExpression[callee.object.name='Date'][callee.property.name='now']", message: 'Take time from an injected clock.' },
  { selector: "NewExpression[callee.name='Date'][arguments.length=0]", message: 'Take time from an injected clock.' },
  { selector: "MemberExpression[object.name='Temporal'][property.name='Now']", message: 'Take time from an injected clock.' },
];

export default defineConfig(
  globalIgnores(['dist/', '.data/', 'coverage/', 'web/generated/']),
  js.configs.recommended,
  tseslint.configs.strictTypeChecked,
  tseslint.configs.stylisticTypeChecked,
  {
    languageOptions: { parserOptions: { projectService: true, tsconfigRootDir: import.meta.dirname } },
    linterOptions: { reportUnusedDisableDirectives: 'error' },
    rules: {
      // `== null` asks for both null and undefined, as answers of the database and optional fields need.
      eqeqeq: ['error', 'always', { null: 'ignore' }],
      curly: ['error', 'multi-line'],
      'max-lines': ['error', { max: 350 }],
      'no-console': 'error',
      'no-restricted-syntax': ['error', ...noHiddenClock],
      '@typescript-eslint/consistent-type-imports': ['error', { fixStyle: 'inline-type-imports' }],
      '@typescript-eslint/switch-exhaustiveness-check': ['error', { considerDefaultExhaustiveForUnions: true }],
      '@typescript-eslint/restrict-template-expressions': ['error', { allowNumber: true }],
      // A Nest module is an empty class under a decorator.
      '@typescript-eslint/no-extraneous-class': ['error', { allowWithDecorator: true }],
      // An environment variable set to nothing counts as not set.
      '@typescript-eslint/prefer-nullish-coalescing': ['error', { ignorePrimitives: { string: true } }],
      '@typescript-eslint/dot-notation': 'off',
      // Asks for `!` where another rule of the same set forbids it.
      '@typescript-eslint/non-nullable-type-assertion-style': 'off',
      // Nest declares its options as classes, and means objects.
      '@typescript-eslint/no-unsafe-class-instance-assignment': 'off',
    },
  },
  { files: ['src/platform/wall-clock.ts', 'test/**'], rules: { 'no-restricted-syntax': 'off' } },
  {
    // A page shows what the service says; the clock of whoever looks at it only makes ids.
    files: ['web/**'],
    rules: {
      'no-restricted-syntax': ['error', { selector: "JSXAttribute[name.name='dangerouslySetInnerHTML']", message: 'Texts from elsewhere are never markup.' }],
    },
  },
  { files: ['**/*.js'], extends: [tseslint.configs.disableTypeChecked], languageOptions: { globals: { process: 'readonly' } } },
);
