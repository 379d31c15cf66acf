'use strict';
// Starts the command line. Compiling our own code is the largest part of a short run, so it is kept compiled: Node 22 and
// newer do that themselves; for Node 20 the build leaves V8's code cache beside each file it ran (scripts/warm-up.mjs). A
// cache of another V8 is rejected by V8 itself, and the file is compiled as usual.
const Module = require('node:module');
const { existsSync, readFileSync, writeFileSync } = require('node:fs');
const { join } = require('node:path');

/** It stays for weeks: it comes with its own short parser, and with a V8 that keeps little. */
const stays = process.argv[2] === 'watch' && !process.argv.some((word) => word === '-h' || word === '--help');
/** Set by the build: command lines to run one after another, so that the caches hold every function they need. */
const warmUp = process.env.PM2_AUDIT_WARM_UP;
if (stays) require('./lean.cjs');
const load = Module.enableCompileCache || stays ? require : compiled();
if (Module.enableCompileCache && !stays) Module.enableCompileCache();
run(load(stays ? './watch-main.cjs' : './cli.cjs'));

async function run({ main }) {
  const lines = warmUp ? JSON.parse(warmUp) : [process.argv.slice(2)];
  for (const line of lines) await main([...process.argv.slice(0, 2), ...line]);
  // Everything is written once this callback runs. Leaving here spares V8 taking its heap apart: 20 ms of a short run.
  process.stdout.write('', () => process.exit());
}

/** A `require` that loads our own files with their cache; what has none is loaded as usual. */
function compiled() {
  const { Script } = require('node:vm');
  // V8 optimizes what has run for some ms. In a run of 0.2 s that is work done for nothing: 40 of 320 ms of CPU time and
  // 2 MB. With eight times its usual patience only the loops of long runs are optimized. Part of a cache's own key.
  require('node:v8').setFlagsFromString('--interrupt-budget=1000000');
  const loaded = new Map();
  const requireCompiled = (name) => {
    const path = join(__dirname, name);
    const cache = `${path}.cache`;
    if (name === 'libsql') require('./libsql-target.cjs');
    if (!name.startsWith('./') || !(warmUp || existsSync(cache))) return require(name);
    const known = loaded.get(name);
    if (known) return known.exports;
    const module = { exports: {} };
    loaded.set(name, module);
    // The build writes ASCII: read as Latin-1 it is neither decoded nor kept as two bytes a character.
    const source = Module.wrap(readFileSync(path, 'latin1'));
    const script = new Script(source, {
      filename: path,
      ...(warmUp ? {} : { cachedData: readFileSync(cache) }),
    });
    if (warmUp) process.on('exit', () => writeFileSync(cache, script.createCachedData()));
    script.runInThisContext().call(module.exports, module.exports, requireCompiled, module, path, __dirname);
    return module.exports;
  };
  return requireCompiled;
}
