// Builds dist/: the bin, the command line as one CommonJS file, one lazy chunk a command, the public API.
// pm2 and systeminformation stay outside (pm2 is AGPL-3.0 and never bundled); templates are precompiled on the way.
import { execFileSync } from 'node:child_process';
import { chmod, copyFile, mkdir, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { basename, dirname, join } from 'node:path';
import { build } from 'esbuild';
import { esbuildTemplates } from './templates.mjs';
import { warmUp } from './warm-up.mjs';

const root = join(import.meta.dirname, '..');
const dist = join(root, 'dist');
const { version } = JSON.parse(await readFile(join(root, 'package.json'), 'utf8'));

/**
 * `import('./commands/audit.ts')` becomes `require('./audit.cjs')`: loaded when it is used. Files that are imported so
 * (the verbs, their common second half, the config reader) are chunks of their own.
 */
const lazyChunks = {
  name: 'lazy-chunks',
  setup(bundle) {
    bundle.onResolve({ filter: /^\.{1,2}\/.*\.ts$/ }, ({ path, kind }) =>
      kind === 'dynamic-import' ? { path: `./${basename(path, '.ts')}.cjs`, external: true } : undefined,
    );
  },
};

const common = {
  bundle: true,
  platform: 'node',
  format: 'cjs',
  target: 'node20.19',
  external: ['pm2', 'systeminformation', 'libsql'],
  define: { __VERSION__: JSON.stringify(version) },
  legalComments: 'none',
  logLevel: 'warning',
};
const outdir = { outdir: dist, outExtension: { '.js': '.cjs' }, entryNames: '[name]' };
/** No blanks and no comments: a third less to read and to keep in memory. Names stay, for the stack of a bug report. */
const short = { minifyWhitespace: true, minifySyntax: true, lineLimit: 160 };

await rm(dist, { recursive: true, force: true });
await mkdir(dist, { recursive: true });
const sources = await Promise.all(
  (await readdir(join(root, 'src'), { recursive: true }))
    .filter((name) => name.endsWith('.ts'))
    .map(async (name) => [name, await readFile(join(root, 'src', name), 'utf8')]),
);
const chunks = sources.flatMap(([name, text]) =>
  [...text.matchAll(/import\(\s*'(\.{1,2}\/[^']+\.ts)'/g)].map(([, path]) => join(dirname(name), path)),
);
/**
 * Commander loads node:child_process for subcommands that are programs of their own. We have none, and loading it costs a
 * tenth of what a short run takes; calling it all the same would be an error, not a silence.
 */
const noSubprograms = {
  name: 'no-subprograms',
  setup(bundle) {
    bundle.onResolve({ filter: /^node:child_process$/ }, ({ importer }) =>
      /node_modules[\\/]commander[\\/]/.test(importer)
        ? { path: 'child_process', namespace: 'absent' }
        : undefined,
    );
    bundle.onLoad({ filter: /.*/, namespace: 'absent' }, () => ({
      contents: 'module.exports = {};',
      loader: 'js',
    }));
  },
};
/** zlib takes a megabyte of Node. The collector packs once an hour; most verbs never do: it is loaded by its first use. */
const lazyZlib = {
  name: 'lazy-zlib',
  setup(bundle) {
    bundle.onResolve({ filter: /^node:zlib$/ }, ({ importer, kind }) =>
      kind === 'import-statement' && importer.startsWith(join(root, 'src'))
        ? { path: 'zlib', namespace: 'lazy-zlib' }
        : undefined,
    );
    bundle.onLoad({ filter: /.*/, namespace: 'lazy-zlib' }, () => ({
      contents: ['deflateRawSync', 'inflateRawSync']
        .map(
          (name) => `Object.defineProperty(exports, '${name}', { get: () => require('node:zlib').${name} });`,
        )
        .join('\n'),
      loader: 'js',
    }));
  },
};
const plugins = [lazyChunks, noSubprograms, lazyZlib, esbuildTemplates];
const isConfig = (name) => name === 'config.ts';
await Promise.all([
  build({
    ...common,
    ...outdir,
    ...short,
    plugins,
    entryPoints: [...new Set(['cli.ts', 'watch-main.ts', 'pm2-module.ts', ...chunks])]
      .filter((name) => !isConfig(name))
      .map((name) => join(root, 'src', name)),
    // In a CommonJS chunk `import()` of a sibling is a `require`; only the config reader really imports a module: the user's.
    supported: { 'dynamic-import': false },
  }),
  build({ ...common, ...outdir, ...short, entryPoints: [join(root, 'src/config.ts')] }),
  build({
    ...common,
    ...outdir,
    plugins,
    entryPoints: [join(root, 'src/index.ts')],
    supported: { 'dynamic-import': false },
  }),
]);
for (const name of await readdir(dist)) await makeAscii(join(dist, name));
const start = await readFile(join(root, 'scripts/start.cjs'), 'utf8');
await writeFile(join(dist, 'bin.cjs'), `#!/usr/bin/env node\n${start}`);
await chmod(join(dist, 'bin.cjs'), 0o755);
for (const name of ['lean.cjs', 'libsql-target.cjs'])
  await copyFile(join(root, 'scripts', name), join(dist, name));
await writeFile(
  join(dist, 'module.cjs'),
  "'use strict';\nrequire('./lean.cjs');\nrequire('./pm2-module.cjs').main().then(() => process.exit());\n",
);
await warmUp(dist);
if (!process.argv.includes('--no-types')) {
  execFileSync(
    process.execPath,
    [join(root, 'node_modules/typescript/bin/tsc'), '-p', join(root, 'tsconfig.types.json')],
    { stdio: 'inherit' },
  );
}

/** esbuild leaves other characters in regular expressions; there `\\uXXXX` means the same. scripts/start.cjs relies on it. */
async function makeAscii(path) {
  const text = await readFile(path, 'utf8');
  const escaped = (unit) => `\\u${unit.charCodeAt(0).toString(16).padStart(4, '0')}`;
  await writeFile(path, text.replace(/[^\0-\x7f]/g, escaped));
}
