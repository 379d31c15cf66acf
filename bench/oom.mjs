// `pm2-audit oom --json FILE` against `grep -c 'Killed process' FILE` on a kernel log of 500 MB: whole processes.
// Alone: `node bench/oom.mjs [--check]`; exit 1 beyond the limits only with --check.
import { spawn } from 'node:child_process';
import { closeSync, mkdtempSync, openSync, readFileSync, rmSync, writeSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { median } from './measure.mjs';

const bin = join(import.meta.dirname, '..', 'dist', 'bin.cjs');
const peakHook = join(import.meta.dirname, 'peak-memory.cjs');
const limits = { ratio: 2, peakBytes: 120 * 1024 * 1024 };
const mb = (bytes) => `${(bytes / 1024 / 1024).toFixed(0)} MB`;

/** What a busy host's kernel says all day. */
const noise = [
  'IPv4: martian source 10.0.0.5 from 10.0.0.1, on dev eth0',
  'docker0: port 2(veth380a1cd) entered blocking state',
  'audit: type=1400 audit(1700000000.123:45): apparmor="ALLOWED" operation="open" profile="snap" name="/proc/1/stat" pid=1234 comm="node"',
  '[UFW BLOCK] IN=eth0 OUT= MAC=01:00:5e:00:00:01:c0:ff:ee SRC=192.168.1.20 DST=224.0.0.1 LEN=36 TOS=0x00 PREC=0x00 TTL=1 ID=12345 PROTO=2',
  'EXT4-fs (sda1): mounted filesystem with ordered data mode. Opts: (null)',
  'usb 1-1: new high-speed USB device number 4 using xhci_hcd',
  'nf_conntrack: table full, dropping packet',
  'TCP: request_sock_TCP: Possible SYN flooding on port 443. Sending cookies.  Check SNMP counters.',
  'perf: interrupt took too long (2503 > 2500), lowering kernel.perf_event_max_sample_rate to 79750',
];

/** One kill with its dump, as Linux 6.18 prints it, and every third one with nothing but the kill line. */
function killLines(pid, number) {
  const kill = `Memory cgroup out of memory: Killed process ${pid} (node) total-vm:1046628kB, anon-rss:${60_000 + number}kB, file-rss:33700kB, shmem-rss:0kB, UID:0 pgtables:580kB oom_score_adj:0`;
  if (number % 3 === 0) return [kill];
  return [
    'node invoked oom-killer: gfp_mask=0xcc0(GFP_KERNEL), order=0, oom_score_adj=0',
    `CPU: 0 UID: 0 PID: ${pid} Comm: node Not tainted 6.18.0 #1 PREEMPT(none)`,
    'Call Trace:',
    ...Array.from({ length: 18 }, (_, n) => ` oom_path_${n}+0x57/0x80`),
    ...Array.from({ length: 10 }, (_, n) => `R${n + 6}: 00007ffea1b2c3d${n} R${n + 7}: 0000000000000000`),
    'memory: usage 61440kB, limit 61440kB, failcnt 120',
    'Memory cgroup stats for /bench/app:',
    ...Array.from({ length: 36 }, (_, n) => `total_counter_${n} ${n * 4096}`),
    'Tasks state (memory values in pages):',
    '[  pid  ]   uid  tgid total_vm      rss rss_anon rss_file rss_shmem pgtables_bytes swapents oom_score_adj name',
    `[${String(pid).padStart(7)}]     0 ${pid}   261657    23593    15168     8425         0   593920        0             0 node`,
    `oom-kill:constraint=CONSTRAINT_MEMCG,nodemask=(null),cpuset=/,mems_allowed=0,oom_memcg=/bench/app,task_memcg=/bench/app,task=node,pid=${pid},uid=0`,
    kill,
  ];
}

/** Writes the log; gives the number of kills in it. */
export function writeKernelLog(path, bytes, kills) {
  const file = openSync(path, 'w');
  const two = (value) => String(value).padStart(2, '0');
  let text = '';
  let written = 0;
  let lines = 0;
  let done = 0;
  const add = (message) => {
    const seconds = lines++ / 1000;
    const clock = `${two(Math.floor(seconds / 3600) % 24)}:${two(Math.floor(seconds / 60) % 60)}:${two(Math.floor(seconds) % 60)}`;
    text += `Nov 20 ${clock} web-01 kernel: [${seconds.toFixed(6).padStart(12)}] ${message}\n`;
    if (text.length < 1 << 20) return;
    written += writeSync(file, text);
    text = '';
  };
  while (written + text.length < bytes) {
    add(`${noise[(lines * 7) % noise.length]} ${lines}`);
    if (done < kills && written + text.length > ((done + 0.5) * bytes) / kills) {
      done += 1;
      for (const line of killLines(20_000 + done, done)) add(line);
    }
  }
  written += writeSync(file, text);
  closeSync(file);
  return done;
}

/** One process to its end; stdout is read, since grep stops at the first match when it goes to /dev/null. */
async function once(command, args, env = {}) {
  const started = process.hrtime.bigint();
  const child = spawn(command, args, {
    stdio: ['ignore', 'pipe', 'inherit'],
    env: { ...process.env, ...env },
  });
  const parts = [];
  child.stdout.on('data', (part) => parts.push(part));
  const code = await new Promise((resolve, reject) => {
    child.once('error', reject);
    child.once('close', resolve);
  });
  if (code !== 0) throw new Error(`${command} ended with code ${code}`);
  return { ms: Number(process.hrtime.bigint() - started) / 1e6, output: Buffer.concat(parts).toString() };
}

/** Rows for bench/run.mjs: what, measured, limit, ok. `smoke`: a small log, nothing judged. */
export async function benchOom({ runs, smoke }) {
  const folder = mkdtempSync(join(tmpdir(), 'pm2-audit-bench-'));
  try {
    const log = join(folder, 'kern.log');
    const size = smoke ? 5_000_000 : 500_000_000;
    const kills = writeKernelLog(log, size, 300);
    const ours = [];
    const grep = [];
    const peaks = [];
    // The first pair warms the page cache and is not counted.
    for (let run = -1; run < runs; run += 1) {
      const yardstick = async () => {
        const sample = await once('grep', ['-c', 'Killed process', log]);
        if (Number(sample.output) !== kills)
          throw new Error(`grep counts ${sample.output.trim()} of ${kills} kills`);
        if (run >= 0) grep.push(sample.ms);
      };
      const measured = async () => {
        const sample = await once(process.execPath, [bin, 'oom', '--json', log]);
        const found = JSON.parse(sample.output).kills.length;
        if (found !== kills) throw new Error(`${found} of ${kills} kills found`);
        if (run >= 0) ours.push(sample.ms);
      };
      for (const step of run % 2 ? [measured, yardstick] : [yardstick, measured]) await step();
    }
    const peakFile = join(folder, 'peak');
    await once(process.execPath, ['--require', peakHook, bin, 'oom', '--json', log], {
      BENCH_PEAK: peakFile,
    });
    peaks.push(Number(readFileSync(peakFile, 'utf8').trim().split('\n').pop()) * 1024);
    const ratio = median(ours.map((ms, n) => ms / grep[n]));
    const peak = Math.max(...peaks);
    const name = `oom, ${mb(size)} log, ${kills} kills`;
    return [
      {
        name: `${name}: wall time against grep -c`,
        measured: `${median(ours).toFixed(0)} ms / ${median(grep).toFixed(0)} ms = ${ratio.toFixed(2)}`,
        limit: smoke ? null : limits.ratio,
        ok: smoke || ratio <= limits.ratio,
      },
      {
        name: `${name}: peak memory`,
        measured: mb(peak),
        limit: smoke ? null : mb(limits.peakBytes),
        ok: smoke || peak <= limits.peakBytes,
      },
    ];
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  const rows = await benchOom({ runs: 7, smoke: process.argv.includes('--smoke') });
  for (const { name, measured, limit, ok } of rows)
    console.log(
      `${name}  ${measured}${limit === null ? '' : `  (limit ${limit}: ${ok ? 'kept' : 'EXCEEDED'})`}`,
    );
  if (process.argv.includes('--check') && rows.some(({ ok }) => !ok)) process.exit(1);
}
