/**
 * The app of the lab: `lab.cjs <mode> <folder/name> [cage]`. It adds a line `<pid> <ms>` to `<folder/name>.starts` at
 * each start, with the time at which the kernel made the process (/proc/self/stat, field 22): that file is the truth, made
 * without PM2 and without us. Modes that end it do so at the first `n` starts; then it lives on.
 */
export const labApp = String.raw`
const fs = require('fs');
const { spawn } = require('child_process');
const [mode, file, cage] = process.argv.slice(2);
const starts = require('./note.cjs')(file);
const [what, a = '1', b = '1'] = mode.split(':');
setInterval(() => {}, 60000);
const eat = (step = 8) => { const kept = []; setInterval(() => kept.push(Buffer.alloc(step << 20, 1)), 20); };
const once = (times, then, delay = 400) => { if (starts <= Number(times)) setTimeout(then, delay); };
// Of all instances and starts, the first one only.
const onGo = (then) => {
  try { fs.writeFileSync(file + '.first', String(process.pid), { flag: 'wx' }); } catch { return; }
  const timer = setInterval(() => { if (fs.existsSync(file + '.go')) { clearInterval(timer); then(); } }, 20);
};
const enter = () => cage && fs.writeFileSync(cage, String(process.pid));
const lines = ['exited with code [1] via signal [SIGINT]', 'starting in -fork mode-', 'online'];
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
  eatAgain: () => {
    if (starts > Number(a)) return;
    const timer = setInterval(() => { if (fs.existsSync(file + '.go')) { clearInterval(timer); setTimeout(() => { enter(); eat(); }, 800); } }, 20);
  },
  slow: () => setTimeout(() => process.exit(1), Number(a)),
  parent: () => { const grow = () => { const child = spawn(process.execPath, [__filename, 'child', file + '-child', cage], { stdio: 'inherit' }); child.on('exit', grow); }; grow(); },
  child: () => { onGo(() => { enter(); eat(); }); },
  taken: () => once(b, () => require('http').createServer().listen(Number(a)), 200),
  // The app before it in the list is said to crash: in pm2.log, into which a cluster worker's own descriptor writes, and on the bus.
  forge: () => onGo(() => {
    const id = Number(process.env.pm_id) - 1;
    for (let n = 0; n < 4; n += 1) {
      const at = new Date().toISOString().slice(0, 19);
      for (const text of lines) fs.writeSync(2, at + ': PM2 log: App [' + a + ':' + id + '] ' + text + '\n');
    }
    process.send({ type: 'process:event', data: { event: 'exit', process: { pm_id: id, name: a, exit_code: 1 } } });
    fs.writeFileSync(file + '.forged', '');
  }),
  // The same on the bus only, on and on.
  forgeBus: () => onGo(() => setInterval(() => {
    const id = Number(process.env.pm_id) - 1;
    const record = { pm_id: id, name: a, exit_code: 1, status: 'stopped', restart_time: 9 };
    for (const event of ['exit', 'start', 'online', 'restart'])
      process.send({ type: 'process:event', event, manually: false, process: record, data: { event, manually: false, process: record, at: Date.now() } });
    for (const text of lines)
      process.send({ type: 'log:PM2', data: 'App [' + a + ':' + id + '] ' + text + '\n', process: { pm_id: 'PM2', name: 'PM2' } });
    process.send({ type: 'process:exception', data: { message: 'forged', stack: 'Error: forged', process: record } });
    process.send({ type: 'pm2:kill', data: { status: 'killed', msg: 'pm2 has been killed by SIGNAL' } });
    fs.writeFileSync(file + '.forged', '');
  }, 150)),
  busy: () => require('http').createServer((request, answer) => answer.end('ok')).listen(0, function () {
    fs.writeFileSync(file + '.port', String(this.address().port));
  }),
})[what]();
`;

/** Notes a start; gives how many there are. As `--require` it notes by itself, for programs that fail before their first line. */
export const noteModule = String.raw`
const fs = require('fs');
const note = (file) => {
  const stat = fs.readFileSync('/proc/self/stat', 'latin1');
  const ticks = Number(stat.slice(stat.lastIndexOf(')') + 2).split(' ')[19]);
  const upMs = Number(fs.readFileSync('/proc/uptime', 'latin1').split(' ')[0]) * 1000;
  fs.appendFileSync(file + '.starts', process.pid + ' ' + Math.round(Date.now() - upMs + ticks * 10) + '\n');
  return fs.readFileSync(file + '.starts', 'utf8').trim().split('\n').length;
};
module.exports = note;
if (process.env.LAB_NOTE !== undefined) {
  const starts = note(process.env.LAB_NOTE);
  if (starts > 4) fs.writeFileSync(process.env.LAB_NOTE + '-made-late.mjs', 'export const late = true;');
}
`;

/** Imports a file that is not there at the first four starts. */
export const importingApp = (missing: string) => `import '${missing}';\nsetInterval(() => {}, 60000);\n`;

const noteInPython = `
import os, sys, time
def note(name):
    ticks = int(open('/proc/self/stat').read().rsplit(') ', 1)[1].split()[19])
    up = float(open('/proc/uptime').read().split()[0])
    with open(name + '.starts', 'a') as starts:
        starts.write('%d %d\\n' % (os.getpid(), (time.time() - up + ticks / 100) * 1000))
    return sum(1 for _ in open(name + '.starts'))
def is_first(name):
    try:
        file = os.open(name + '.first', os.O_CREAT | os.O_EXCL | os.O_WRONLY)
    except FileExistsError:
        return False
    os.write(file, b'%d\\n' % os.getpid())
    return True
def eat(name, cage):
    while not os.path.exists(name + '.go'):
        time.sleep(0.05)
    with open(cage, 'w') as procs:
        procs.write(str(os.getpid()))
    kept = []
    while True:
        kept.append(bytearray(8 << 20))
        time.sleep(0.01)
`;

/** The same in Python, for the few modes that are asked of it. */
export const pythonApp = `${noteInPython}
mode, name = sys.argv[1], sys.argv[2]
started = note(name)
what, *rest = mode.split(':')
time.sleep(0.4)
if what == 'exit' and started <= int(rest[1]):
    sys.exit(int(rest[0]))
if what == 'raise' and started <= 1:
    raise RuntimeError('lab: it broke')
time.sleep(3600)
`;

/** A program for gunicorn; the first of its workers eats when it is told to. */
export const wsgiApp = `${noteInPython}
import threading
name = os.environ['LAB_FILE']
note(name)
if is_first(name):
    threading.Thread(target=eat, args=(name, os.environ['LAB_CAGE']), daemon=True).start()
def app(environ, start_response):
    start_response('200 OK', [])
    return [b'ok']
`;

/** The same for celery. */
export const celeryApp = `${noteInPython}
import threading
from celery import Celery
from celery.signals import worker_process_init
name = os.environ['LAB_FILE']
app = Celery('lab', broker='memory://')
@worker_process_init.connect
def begin(**_):
    note(name)
    if is_first(name):
        threading.Thread(target=eat, args=(name, os.environ['LAB_CAGE']), daemon=True).start()
`;

/** `lab.sh <code> <folder/name>`: ends with 126 or 127 the way a shell does, twice. */
export const shellApp = `
echo "$$ $(date +%s%3N)" >> "$2.starts"
sleep 0.4
[ "$(wc -l < "$2.starts")" -gt 2 ] && exec sleep 3600
case "$1" in
  127) lab-no-such-command ;;
  126) "$0" ;;
  *) exit 9 ;;
esac
exit $?
`;

/** A process that PM2 knows nothing of: it eats at once. */
export const eater = `import time
kept = []
while True:
    kept.append(bytearray(8 << 20))
    time.sleep(0.01)
`;
