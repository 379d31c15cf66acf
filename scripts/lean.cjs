'use strict';
// Loaded first where a process stays for weeks. Each line was measured on Node 20 with a hundred apps; docs/adr/0012.
const Module = require('node:module');
const { readFileSync } = require('node:fs');
const { setFlagsFromString } = require('node:v8');

// The work of one sample is a few ms: compiling it to machine code pays with 6 MB of compiler that stay in memory.
for (const flag of ['--no-opt', '--no-sparkplug', '--optimize-for-size', '--max-lazy'])
  setFlagsFromString(flag);
// Node 22 and newer have a second compiler; an older V8 would complain about the name.
if (Number(process.versions.node.split('.')[0]) >= 22) setFlagsFromString('--no-maglev');
// For src/commands/watch.ts: the answer of a daemon with many apps leaves megabytes behind, once a minute.
setFlagsFromString('--expose-gc');
globalThis.gc = require('node:vm').runInNewContext('gc');

// libsql asks which C library there is by way of node:child_process and a diagnostic report, 2.5 MB that stay loaded. What
// is mapped into this process answers it as well.
const load = Module._load;
Module._load = function lean(name, parent, ...rest) {
  const isOurs = process.platform === 'linux' && /[\\/]libsql[\\/]index\.js$/.test(parent?.filename ?? '');
  if (isOurs && name === 'detect-libc') return { GLIBC: 'glibc', MUSL: 'musl', familySync: family };
  const target = isOurs && name === '@neon-rs/load' ? currentTarget() : null;
  if (target !== null) return { currentTarget: () => target };
  return load.call(this, name, parent, ...rest);
};

function family() {
  return readFileSync('/proc/self/maps', 'latin1').includes('/ld-musl-') ? 'musl' : 'glibc';
}

/** As @neon-rs/load names it; null = not one of the usual two, it is asked itself. */
function currentTarget() {
  if (process.arch !== 'x64' && process.arch !== 'arm64') return null;
  return `linux-${process.arch}-${family() === 'musl' ? 'musl' : 'gnu'}`;
}
