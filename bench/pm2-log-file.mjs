// Writes a big pm2.log: what a daemon with a few apps writes in 60 days, most of it output of a cluster app.
import { closeSync, openSync, writeSync } from 'node:fs';

/** What cluster apps print into the daemon's log, without a prefix; most of it, as in real ones, is long. */
const output = [
  '{"level":30,"time":1795000000000,"pid":4711,"hostname":"web-01","req":{"id":"req-17","method":"GET","url":"/api/v1/orders?page=2&limit=50","remoteAddress":"10.0.3.17"},"res":{"statusCode":200},"responseTime":12,"msg":"request completed"}',
  '::ffff:10.0.3.17 - - [20/Nov/2026:10:11:12 +0000] "POST /api/v1/orders HTTP/1.1" 201 512 "-" "Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/130.0.0.0 Safari/537.36" 17 ms',
  'DEBUG cache: miss for key order:9431:lines, loading from the database (pool 7 of 20 in use); waiting 0, idle 13, created 20, destroyed 0, and everything else is as it was a minute ago on this worker of the cluster',
  "TypeError: Cannot read properties of undefined (reading 'total')",
  '    at Orders.summarise (/srv/shop/releases/20261101120000/src/orders/summary.js:118:27)',
  '{"level":50,"time":1795000000000,"pid":4711,"hostname":"web-01","err":{"type":"TypeError","message":"Cannot read properties of undefined (reading \'total\')","stack":"TypeError: Cannot read properties of undefined\\n    at Orders.summarise (/srv/shop/releases/20261101120000/src/orders/summary.js:118:27)\\n    at Orders.list (/srv/shop/releases/20261101120000/src/orders/list.js:31:9)\\n    at Layer.handle (/srv/shop/releases/20261101120000/node_modules/express/lib/router/layer.js:95:5)"},"msg":"request failed"}',
  '    at process.processTicksAndRejections (node:internal/process/task_queues:95:5)',
];

const signals = ['SIGINT', 'SIGINT', 'SIGINT', 'SIGKILL', 'SIGABRT'];

/**
 * @param lines of the whole file, `share` of them PM2's own: exits and starts, some stops and reloads between.
 * @param apps names; their ids are their places.
 * @returns bytes, exits, and where each day begins, to measure `tail -c` over the same span.
 */
export function writePm2Log(path, { lines, share, from, to, apps }) {
  const file = openSync(path, 'w');
  const buffer = Buffer.allocUnsafe(4 << 20);
  let filled = 0;
  let bytes = 0;
  let exits = 0;
  const days = [];
  const flush = () => {
    writeSync(file, buffer, 0, filled);
    bytes += filled;
    filled = 0;
  };
  const put = (text) => {
    filled += buffer.write(text, filled, 'latin1');
    buffer[filled++] = 10;
    if (filled > buffer.length - 4096) flush();
  };
  let second = -1;
  let stamp = '';
  let written = 0;
  const own = (text) => {
    put(`${stamp}: PM2 log: ${text}`);
    written += 1;
  };
  let cycle = 0;
  let noise = 0;
  let isOpen = false;
  while (written < lines) {
    const at = from + ((to - from) * written) / lines;
    if (Math.floor(at / 1000) !== second) {
      second = Math.floor(at / 1000);
      stamp = new Date(at).toISOString().slice(0, 19);
      if (days.length === 0 || at >= days.at(-1).at + 86_400_000)
        days.push({ at: days.length === 0 ? from : days.at(-1).at + 86_400_000, offset: bytes + filled });
    }
    if (!isOpen) {
      isOpen = true;
      own('===============================================================================');
      own('--- New PM2 Daemon started ----------------------------------------------------');
      own(`Time                 : ${banner(new Date(at))}`);
      own('PM2 version          : 7.0.4');
      own('Node.js version      : 20.20.2');
    }
    const id = cycle % apps.length;
    const name = apps[id];
    const isStop = cycle % 20 === 7;
    if (isStop) own(`Stopping app:${name} id:${id}`);
    own(
      `App [${name}:${id}] exited with code [${cycle % 5 < 3 ? 1 : 0}] via signal [${isStop ? 'SIGINT' : signals[cycle % 5]}]`,
    );
    exits += 1;
    if (isStop) own(`pid=${10_000 + (cycle % 20_000)} msg=process killed`);
    own(`App [${name}:${id}] starting in -cluster mode-`);
    own(`App [${name}:${id}] online`);
    cycle += 1;
    for (const until = cycle * (3.1 / share); written < until && written < lines; written += 1) {
      put(output[noise++ % output.length]);
    }
  }
  flush();
  closeSync(file);
  return { bytes, lines: written, exits, days };
}

/** As V8 prints a date in UTC. */
function banner(date) {
  const [week, day, month, year, time] = date.toUTCString().replace(',', '').split(' ');
  return `${week} ${month} ${day} ${year} ${time} GMT+0000 (Coordinated Universal Time)`;
}
