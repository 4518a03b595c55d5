import js from '@eslint/js'
import svelte from 'eslint-plugin-svelte'
import globals from 'globals'
import ts from 'typescript-eslint'

import svelteConfig from './svelte.config.js'

export default ts.config(
  { ignores: ['dist/', 'node_modules/', 'src/bridge/bindings.ts'] },
  js.configs.recommended,
  ...ts.configs.strict,
  ...svelte.configs.recommended,
  {
    languageOptions: { globals: { ...globals.browser } },
    rules: {
      'no-undef': 'off',
      // Text from callers, CRMs and softphones must never become markup.
      'svelte/no-at-html-tags': 'error',
      'svelte/require-each-key': 'error',
      // A blank at the edge of an element is only kept as an expression.
      'svelte/no-useless-mustaches': 'off',
      // Addresses are opened by Rust; the UI has no router.
      'svelte/no-navigation-without-resolve': 'off',
      '@typescript-eslint/consistent-type-imports': 'error',
      'no-restricted-imports': [
        'error',
        {
          patterns: [
            { group: ['@tauri-apps/*'], message: 'Only src/bridge speaks to Tauri.' },
            { group: ['**/bridge/bindings', '**/bridge/fake'], message: 'Import src/bridge instead.' },
          ],
        },
      ],
    },
  },
  {
    files: ['**/*.svelte', '**/*.svelte.ts'],
    languageOptions: { parserOptions: { parser: ts.parser, extraFileExtensions: ['.svelte'], svelteConfig } },
  },
  {
    files: ['src/bridge/**', 'src/**/*.test.ts', 'src/test-*.ts'],
    rules: { 'no-restricted-imports': 'off' },
  },
)
