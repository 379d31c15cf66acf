'use strict';
// Starts the command line. Compiling our own code is the largest part of a short run, so it is kept compiled: Node 22 and
// newer do that themselves; for Node 20 the build leaves V8's code cache beside each file. A cache of another V8 is
// rejected by V8 itself, and the file is compiled as usual.
const Module = require('node:module');
const { existsSync, readFileSync, writeFileSync } = require('node:fs');
const { dirname } = require('node:path');

if (Module.enableCompileCache) {
  Module.enableCompileCache();
} else {
  const { Script } = require('node:vm');
  const plain = Module.prototype._compile;
  /** Set by the build: write the caches when the run ends, with every function in them that the run needed. */
  const making = process.env.PM2_AUDIT_MAKE_CODE_CACHE === __dirname;
  Module.prototype._compile = function compile(content, filename) {
    const cache = `${filename}.cache`;
    const isOurs = dirname(filename) === __dirname && (making || existsSync(cache));
    if (!isOurs) return plain.call(this, content, filename);
    const script = new Script(Module.wrap(content), {
      filename,
      cachedData: making ? undefined : readFileSync(cache),
    });
    if (script.cachedDataRejected) return plain.call(this, content, filename);
    if (making) process.on('exit', () => writeFileSync(cache, script.createCachedData()));
    const require = Module.createRequire(filename);
    return script.runInThisContext().call(this.exports, this.exports, require, this, filename, __dirname);
  };
}
require('./cli.cjs').main(process.argv);
