import { defineConfig } from 'tsdown'

/** What is published: both module formats, with types in one file each. In this repository the sources are used as they are. */
export default defineConfig({
  entry: { index: 'src/index.ts', node: 'src/node/index.ts', 'message-signatures': 'src/message-signatures.ts' },
  format: ['esm', 'cjs'],
  dts: true,
  minify: true,
  target: 'node18',
  platform: 'node',
  fixedExtension: false,
  hash: false,
})
