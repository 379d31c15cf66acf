// Records the memory of real programs for the labelled set: `node test/derive/trends/record/record.mjs [SECONDS]`.
// Their lives are sped up: what an app does in a minute they do in 0.25 s, so the tree's RSS is read every 0.25 s and the
// file says one minute a point. Pages, heaps and allocators are real; only the axis of time is not. V8 takes a minute
// of the clock to settle however fast an app lives, which would look like hours: that first minute is not recorded.
import { spawn } from 'node:child_process';
import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

const seconds = Number(process.argv[2] ?? 240);
const settleMs = 60_000;
const stepMs = 250;
const folder = mkdtempSync(join(tmpdir(), 'record-'));

const churn = `
const http = require('node:http');
const serve = (each) => setInterval(() => { each(); const o = []; for (let i = 0; i < 60; i++) o.push({ i, text: 'x'.repeat(80) + Math.random() }); JSON.parse(JSON.stringify(o)); }, 25);
`;
const wsgi = (each) => `
kept = []
def app(environ, start_response):
    rows = [dict(id=i, name='n' * 40 + str(i)) for i in range(600)]
    ${each}
    body = repr(rows[:20]).encode()
    start_response('200 OK', [('Content-Type', 'text/plain'), ('Content-Length', str(len(body)))])
    return [body]
`;
writeFileSync(join(folder, 'calm.py'), wsgi('pass'));
writeFileSync(join(folder, 'leaky.py'), wsgi("kept.append('k' * 60000)"));

const node = (code, ...flags) => ['node', [...flags, '-e', churn + code]];
const python = (code) => ['python3', ['-c', code]];
const gunicorn = (module, port, ...more) => [
  'gunicorn',
  ['--chdir', folder, '-w', '2', '-b', `127.0.0.1:${port}`, '--log-level', 'error', ...more, `${module}:app`],
];

const apps = [
  {
    name: 'node, a map that only grows',
    label: 'leak',
    run: node(
      'const m = new Map(); let n = 0; serve(() => { for (let i = 0; i < 3; i++) m.set(n++, { at: n, rows: new Array(300).fill(n + 0.5) }); });',
    ),
  },
  {
    name: 'node, a map that grows slowly',
    label: 'leak',
    run: node(
      'const m = new Map(); let n = 0; serve(() => { m.set(n++, { at: n, body: Buffer.alloc(9000, 1) }); });',
    ),
  },
  {
    name: 'node, listeners never removed',
    label: 'leak',
    run: node(
      "const e = new (require('node:events'))(); e.setMaxListeners(0); serve(() => { const big = new Array(900).fill(1.5); e.on('x', () => big.length); });",
    ),
  },
  { name: 'node, busy and calm', label: 'no-leak', run: node('serve(() => {});') },
  {
    name: 'node, a cache that fills and stops',
    label: 'no-leak',
    run: node(
      'const m = new Map(); let n = 0; serve(() => { for (let i = 0; i < 4; i++) { m.set(n++, Buffer.alloc(8000, 1)); if (m.size > 12000) m.delete(m.keys().next().value); } });',
    ),
  },
  {
    name: 'node, a nightly batch',
    label: 'no-leak',
    run: node(
      "serve(() => {}); setInterval(() => { let big = []; for (let i = 0; i < 250000; i++) big.push({ i, t: 'row' + i }); setTimeout(() => { big = null; }, 4000); }, 48000);",
    ),
  },
  {
    name: 'python, a list that only grows',
    label: 'leak',
    run: python(
      "import time\nkept = []\nwhile True:\n    kept.append('k' * 12000)\n    rows = [str(i) for i in range(1500)]\n    time.sleep(0.03)\n",
    ),
  },
  {
    name: 'python, calm',
    label: 'no-leak',
    run: python(
      'import time, random\nwhile True:\n    rows = [str(i) * random.randint(1, 9) for i in range(3000)]\n    time.sleep(0.03)\n',
    ),
  },
  { name: 'gunicorn, two calm workers', label: 'no-leak', port: 18431, run: gunicorn('calm', 18431) },
  { name: 'gunicorn, workers that grow', label: 'leak', port: 18432, run: gunicorn('leaky', 18432) },
  {
    name: 'gunicorn, workers that grow and are renewed',
    label: 'no-leak',
    port: 18433,
    run: gunicorn('leaky', 18433, '--max-requests', '260', '--max-requests-jitter', '80'),
  },
];

function tree(root, stats) {
  const mine = new Set([root]);
  for (let grown = true; grown; ) {
    grown = false;
    for (const [pid, { ppid }] of stats) if (!mine.has(pid) && mine.has(ppid)) grown = mine.add(pid) !== null;
  }
  let kib = 0;
  for (const pid of mine) kib += stats.get(pid)?.kib ?? 0;
  return kib;
}

function scan() {
  const stats = new Map();
  for (const name of readdirSync('/proc')) {
    if (!/^\d+$/.test(name)) continue;
    try {
      const text = readFileSync(`/proc/${name}/stat`, 'utf8');
      const rest = text.slice(text.lastIndexOf(')') + 2).split(' ');
      stats.set(Number(name), { ppid: Number(rest[1]), kib: Number(rest[21]) * 4 });
    } catch {}
  }
  return stats;
}

const running = apps.map((app) => {
  const [command, args] = app.run;
  return { ...app, child: spawn(command, args, { stdio: 'ignore' }), kib: [] };
});
const ask = setInterval(() => {
  for (const { port } of apps)
    if (port)
      fetch(`http://127.0.0.1:${port}/`).then(
        (r) => r.text(),
        () => {},
      );
}, 60);
await new Promise((resolve) => setTimeout(resolve, settleMs));
const end = Date.now() + seconds * 1000;
const look = setInterval(() => {
  const stats = scan();
  for (const app of running) app.kib.push(tree(app.child.pid, stats));
  if (Date.now() < end) return;
  clearInterval(look);
  clearInterval(ask);
  for (const { child } of running) child.kill('SIGTERM');
  const out = running.map(({ name, label, kib }) => ({
    name,
    label,
    kib: kib.map((k) => Math.round(k / 4) * 4),
  }));
  const about =
    'RSS of process trees in KiB, read every 0.25 s of lives sped up 240 times, after their first minute of the clock: one point stands for one minute. Made by record.mjs.';
  writeFileSync(
    join(import.meta.dirname, 'recorded.json'),
    `${JSON.stringify({ about, stepMinutes: 1, series: out })}\n`,
  );
  rmSync(folder, { recursive: true, force: true });
}, stepMs);
