'use strict';
// Loaded first where a process stays for weeks. Each line was measured on Node 20 with a hundred apps; docs/adr/0012.
const { setFlagsFromString } = require('node:v8');

// The work of one sample is a few ms: compiling it to machine code pays with 6 MB of compiler that stay in memory.
for (const flag of ['--no-opt', '--no-sparkplug', '--optimize-for-size', '--max-lazy'])
  setFlagsFromString(flag);
// A young generation that has grown does not shrink again.
setFlagsFromString('--semi-space-growth-factor=1');
// Node 22 and newer have a second compiler; an older V8 would complain about the name.
if (Number(process.versions.node.split('.')[0]) >= 22) setFlagsFromString('--no-maglev');
// For src/commands/watch.ts: the answer of a daemon with many apps leaves megabytes behind, once a minute.
setFlagsFromString('--expose-gc');
globalThis.gc = require('node:vm').runInNewContext('gc');

// For src/collector/collector.ts: code that is needed once in weeks does not stay.
globalThis.forgetChunk = (name) => {
  const path = require('node:path').join(__dirname, name);
  const loaded = require.cache[path];
  if (loaded === undefined) return;
  delete require.cache[path];
  for (const { children } of Object.values(require.cache)) {
    const at = children.indexOf(loaded);
    if (at >= 0) children.splice(at, 1);
  }
};

require('./libsql-target.cjs');
