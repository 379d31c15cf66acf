import type { WatchWords } from './words.ts';

export const en: WatchWords = {
  level: { normal: 'normal', watch: 'watch', warn: 'WARN' },
  column: { memory: 'mem', swap: 'swap', up: 'up', down: 'down', tree: 'apps' },
  comma: ', ',
  started: (every, store) => `Watching every ${every}. ${store}`,
  noStore: 'Nothing is kept (--no-store).',
  storeOff: 'Nothing is kept',
  homes: (names) => `PM2 homes: ${names.join(', ')}`,
  noHome: 'No PM2 daemon that this user may read runs here. Waiting for one.',
  ended: 'Ended.',

  memory: (used, total, percent) => `memory ${percent} used: ${used} of ${total}`,
  swap: (used, total, percent, isCalm) =>
    `swap ${percent} used: ${used} of ${total}, ${isCalm ? 'beside free memory' : 'and memory is short'}`,
  group: (path, used, total, percent) =>
    `PM2's processes hold ${percent} of the limit of cgroup ${path}: ${used} of ${total}`,
  disk: (mount, free, percent) => `disk ${mount} ${percent} used, ${free} free`,
  appLimit: (app, used, limit, percent) =>
    `${app} at ${percent} of its max_memory_restart: ${used} of ${limit}`,
  appMemory: (app, used, threshold) =>
    `${app} holds ${used}, has no max_memory_restart, threshold ${threshold}`,
  cpu: (app, percent) => `${app} takes ${percent} of one core`,
  daemon: (home, used) => `the PM2 daemon of ${home} holds ${used}`,

  kill: (process, size, who, sure, group) =>
    `OOM kill: ${process}${size === null ? '' : `, ${size}`}${group === null ? '' : `, limit of cgroup ${group}`}: ${who ?? 'no app of PM2 is known for it'}${who === null ? '' : ` (${sure})`}`,
  sure: { certain: 'certain', likely: 'likely', possible: 'possible', none: 'not known' },
  main: (app, pid) => `${app}, main process ${pid}`,
  child: (app, pid) => `${app}, child process ${pid}`,
  module: (app, pid) => `PM2 module ${app}, process ${pid}`,
  daemonItself: (pid) => `the PM2 daemon itself, process ${pid}`,
  notPm2: 'not a process of PM2',
  oneOf: (names) => `one of ${names}`,
  earlierKills: (count, newest) =>
    `${count} OOM ${count === 1 ? 'kill' : 'kills'} before the start ${count === 1 ? 'was' : 'were'} found in the kernel log${newest === null ? '' : `, the newest of ${newest}`}; pm2-audit oom lists them`,

  exitCode: (app, code) => `${app} exited with code ${code}`,
  exitPlain: (app) => `${app} ended with exit code 0, or by SIGINT: PM2 writes both alike`,
  exitSignal: (app, signal) => `${app} was ended by ${signal}`,
  exitAsked: (app) => `${app} ended: PM2 stops or restarts it`,
  online: (app) => `${app} is online`,
  loop: (times) => `${times} times within 5 min: a restart loop; from here on they are counted`,
  more: (app, times) => `${app} ended ${times} more ${times === 1 ? 'time' : 'times'}`,
  overLimit: (app, id, current, limit) =>
    `PM2 restarts ${app ?? `the app of id ${id}`}: ${current}, over its max_memory_restart of ${limit}`,
  gaveUp: (script, times) => `PM2 gave up on ${script} after ${times} unstable restarts: it stays down`,
  stillAlive: (pid) => `PM2 sends SIGKILL to ${pid}, which did not stop in time`,
  spawnFailed: (detail) => `PM2 could not start a process: ${detail}`,

  homeAdded: (home) => `new PM2 home ${home}`,
  homeGone: (home) => `PM2 home ${home} is gone`,
  daemonUp: (home, pid) => `a new PM2 daemon runs for ${home}, process ${pid}`,
  daemonGone: (home) => `the PM2 daemon of ${home} is gone`,
  daemonSilent: (home) => `the PM2 daemon of ${home} does not answer`,
  daemonStarted: (home) => `the PM2 daemon of ${home} starts`,
  daemonStopped: (home) => `the PM2 daemon of ${home} was stopped by a command`,
  daemonSignalled: (home) => `the PM2 daemon of ${home} was ended by a signal`,
  daemonError: (home) => `the PM2 daemon of ${home} had an error and restarts everything`,

  kernelUnseen: (detail) =>
    `OOM kills are not seen: ${detail}. Run as root, or allow it with sysctl kernel.dmesg_restrict=0`,
  kernelLost: 'the kernel overwrote messages before they were read; an OOM kill may be missing',
  logSkipped: (home, size) => `${home}/pm2.log grew faster than it is read: ${size} passed over`,
  lookFailed: (detail) => `a look failed, the next one goes on: ${detail}`,
};
