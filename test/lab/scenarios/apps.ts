/**
 * The app of the lab: `lab.cjs <mode> <folder/name> [cage]`. It adds a line `<pid> <ms>` to `<folder/name>.starts` at
 * each start: that file is the truth, made without PM2 and without us. Modes that end it do so at the first `n` starts;
 * then it lives on.
 */
export const labApp = String.raw`
const fs = require('fs');
const { spawn } = require('child_process');
const [mode, file, cage] = process.argv.slice(2);
fs.appendFileSync(file + '.starts', process.pid + ' ' + Date.now() + '\n');
const starts = fs.readFileSync(file + '.starts', 'utf8').trim().split('\n').length;
const [what, a = '1', b = '1'] = mode.split(':');
setInterval(() => {}, 60000);
const eat = (step = 8) => { const kept = []; setInterval(() => kept.push(Buffer.alloc(step << 20, 1)), 20); };
const once = (times, then, delay = 400) => { if (starts <= Number(times)) setTimeout(then, delay); };
const onGo = (then) => {
  if (starts > 1) return;
  const timer = setInterval(() => { if (fs.existsSync(file + '.go')) { clearInterval(timer); then(); } }, 20);
};
const enter = () => cage && fs.writeFileSync(cage, String(process.pid));
({
  idle() {},
  exit: () => once(b, () => process.exit(Number(a))),
  throw: () => once(a, () => { throw new Error('lab: it broke in ' + file); }),
  abort: () => once(a, () => process.abort()),
  reject: () => setInterval(() => Promise.reject(new Error('lab: nobody catches this')), 500),
  heap: () => once(a, () => { const kept = []; for (;;) kept.push(Array.from({ length: 1000 }, (_, n) => ({ n }))); }),
  grow: () => once(a, () => { global.kept = Buffer.alloc(120 << 20, 1); }),
  deaf: () => process.on('SIGINT', () => {}),
  eat: () => onGo(() => { enter(); eat(); }),
  slow: () => setTimeout(() => process.exit(1), Number(a)),
  parent: () => { const grow = () => { const child = spawn(process.execPath, [__filename, 'child', file + '-child', cage], { stdio: 'inherit' }); child.on('exit', grow); }; grow(); },
  child: () => { onGo(() => { enter(); eat(); }); },
  // The app before it in the list is said to crash: in pm2.log, into which a cluster worker's own descriptor writes, and on the bus.
  forge: () => onGo(() => {
    const id = Number(process.env.pm_id) - 1;
    for (let n = 0; n < 4; n += 1) {
      const at = new Date().toISOString().slice(0, 19);
      for (const text of ['exited with code [1] via signal [SIGINT]', 'starting in -fork mode-', 'online'])
        fs.writeSync(2, at + ': PM2 log: App [' + a + ':' + id + '] ' + text + '\n');
    }
    process.send({ type: 'process:event', data: { event: 'exit', process: { pm_id: id, name: a, exit_code: 1 } } });
  }),
  busy: () => require('http').createServer((request, answer) => answer.end('ok')).listen(0),
})[what]();
`;

/** The same in Python, for the few modes that are asked of it. */
export const pythonApp = `
import os, sys, time
mode, name = sys.argv[1], sys.argv[2]
with open(name + '.starts', 'a') as starts:
    starts.write('%d %d\\n' % (os.getpid(), time.time() * 1000))
started = sum(1 for _ in open(name + '.starts'))
what, *rest = mode.split(':')
time.sleep(0.4)
if what == 'exit' and started <= int(rest[1]):
    sys.exit(int(rest[0]))
if what == 'raise' and started <= 1:
    raise RuntimeError('lab: it broke')
time.sleep(3600)
`;
