import type { App, AppSettings, AppStatus } from '../../model/pm2.ts';
import type { CleanText } from '../../model/text.ts';
import type { Cleaner } from '../clean.ts';
import { countOf, type Fields, flagOf, isFields, numberOf, textOf, wordsOf } from './json-fields.ts';

/** Variables whose values explain how an app behaves and are no secret. */
const shownVariables = [
  'NODE_ENV',
  'NODE_OPTIONS',
  'UV_THREADPOOL_SIZE',
  'TZ',
  'WEB_CONCURRENCY',
  'MALLOC_ARENA_MAX',
  'PYTHONUNBUFFERED',
  'LANG',
  'PORT',
] as const;
const statuses: readonly AppStatus[] = [
  'online',
  'launching',
  'stopping',
  'stopped',
  'waiting restart',
  'errored',
  'one-launch-status',
];
/** In these states the record's pid is 0 or that of the process that ended (PM2 7.0.4: `waiting restart` keeps it). */
const withoutProcess: readonly AppStatus[] = ['stopped', 'errored', 'waiting restart'];
const mebibyte = 1024 * 1024;

/** What PM2 assumes where a record has no such field: lib/God.js, constants.js, 7.0.4. */
const defaults = { minUptimeMs: 1000, maxRestarts: 16, killTimeoutMs: 1600 } as const;

/** Where the daemon lives: its home, and the folder its paths are to be read below (`''` = as they are). */
export interface RecordPlace {
  readonly home: CleanText;
  readonly root: string;
  /** Pid of a process of the daemon's pid namespace in ours; null = not found. */
  readonly pidHere: (pid: number) => number | null;
}

/**
 * One record of `getMonitorData`, field by field: what is not named here does not get in. null = no record of an app
 * (no object, no id, or an `_old_` worker that a reload is about to end).
 */
export function decodeRecord(record: unknown, place: RecordPlace, clean: Cleaner): App | null {
  if (!isFields(record)) return null;
  const env = isFields(record['pm2_env']) ? record['pm2_env'] : {};
  const pmId = countOf(env['pm_id']) ?? countOf(record['pm_id']);
  if (pmId === null || isOldId(env['pm_id']) || isOldId(record['pm_id'])) return null;
  const own = isFields(env['env']) ? env['env'] : {};
  const monit = isFields(record['monit']) ? record['monit'] : {};
  const said = statuses.find((known) => known === env['status']) ?? 'unknown';
  const isBetween = isBetweenLives(said, record['pid'], env);
  const status = isBetween ? 'launching' : said;
  const isRunning = !isBetween && !withoutProcess.includes(said);
  const pid = isRunning ? countOf(record['pid'], 1) : null;
  const text = (value: unknown): CleanText | null => {
    const found = textOf(value);
    return found === null ? null : clean.text(found);
  };
  const path = (value: unknown): CleanText | null => {
    const found = textOf(value);
    return found === null ? null : clean.text(found.startsWith('/') ? place.root + found : found);
  };
  const metric = metricsOf(env['axm_monitor']);
  const name = textOf(env['name']) ?? textOf(record['name']) ?? `id ${pmId}`;
  const variables = shownVariablesOf(env, own, clean);
  return {
    ref: {
      home: place.home,
      pmId,
      name: clean.text(name),
      namespace: text(env['namespace']) ?? clean.text('default'),
    },
    pid: pid === null ? null : place.pidHere(pid),
    // A pid that is gone cannot be translated from another pid namespace.
    lastPid: isRunning || place.root !== '' ? null : countOf(record['pid'], 1),
    status,
    execMode: env['exec_mode'] === 'cluster_mode' ? 'cluster' : 'fork',
    interpreter: text(env['exec_interpreter']),
    nodeVersion: text(env['node_version']),
    scriptPath: path(env['pm_exec_path']),
    cwd: path(env['pm_cwd']),
    instances: countOf(env['instances']),
    startedAt: countOf(env['pm_uptime'], 1),
    createdAt: countOf(env['created_at'], 1),
    restartCounter: countOf(env['restart_time']) ?? 0,
    unstableRestarts: countOf(env['unstable_restarts']) ?? 0,
    exitCode: numberOf(env['exit_code']),
    backoffMs: countOf(env['prev_restart_delay'], 1),
    pm2RssBytes: isRunning ? countOf(monit['memory']) : null,
    cpuPercent: isRunning ? numberOf(monit['cpu']) : null,
    settings: settingsOf(env, textOf(variables['NODE_OPTIONS']) ?? '', clean),
    outLogPath: path(env['pm_out_log_path']),
    errLogPath: path(env['pm_err_log_path']),
    uniqueId: text(env['unique_id']),
    user: text(env['username']),
    isModule: flagOf(env['pmx_module']) === true,
    envKeys: variableNames(own, clean),
    env: variables,
    heapUsedBytes: mebibytes(metric('internal/v8/heap/used')),
    heapTotalBytes: mebibytes(metric('internal/v8/heap/total')),
    eventLoopP95Ms: metric('internal/libuv/latency/p95'),
  };
}

/**
 * Its process has ended and PM2 is about to start the next one. Between the two, PM2 calls it `stopped` for some
 * milliseconds: long enough to meet an app that restarts all the time. Only an app that stays down loses its pid in PM2's
 * record (lib/God.js handleExit and lib/God/ActionMethods.js stopProcessId, 5 to 7); one that is about to start keeps the dead one.
 */
function isBetweenLives(status: AppStatus, pid: unknown, env: Fields): boolean {
  if (status !== 'stopped' || countOf(pid, 1) === null || flagOf(env['autorestart']) === false) return false;
  // It may have ended, as it is allowed to, while PM2 measured.
  const exitCode = numberOf(env['exit_code']);
  return exitCode === null || !stopExitCodesOf(env).includes(exitCode);
}

function isOldId(id: unknown): boolean {
  return typeof id === 'string' && id.startsWith('_old_');
}

/** Names of the user's variables; PM2 puts its own and one object named like the app beside them. */
function variableNames(own: Fields, clean: Cleaner): readonly CleanText[] {
  const names: CleanText[] = [];
  for (const name of Object.keys(own)) {
    const value = own[name];
    if (typeof value === 'object' || name === 'unique_id' || name === 'PM2_USAGE') continue;
    names.push(clean.text(name, 200));
  }
  return names;
}

/** The running app got the flattened copy (lib/God.js executeApp), so it wins over `env`. */
function shownVariablesOf(env: Fields, own: Fields, clean: Cleaner): { readonly [key: string]: CleanText } {
  const shown: { [key: string]: CleanText } = {};
  for (const name of shownVariables) {
    const value = textOf(env[name]) ?? textOf(own[name]);
    if (value !== null) shown[name] = clean.text(value, 500);
  }
  return shown;
}

function stopExitCodesOf(env: Fields): readonly number[] {
  const codes = Array.isArray(env['stop_exit_codes']) ? env['stop_exit_codes'] : [env['stop_exit_codes']];
  return codes.map(numberOf).filter((code) => code !== null);
}

function settingsOf(env: Fields, nodeOptions: string, clean: Cleaner): AppSettings {
  const cron = textOf(env['cron_restart']);
  const watch = env['watch'];
  return {
    maxMemoryRestartBytes: countOf(env['max_memory_restart'], 1),
    maxOldSpaceMb: heapLimitOf(env, nodeOptions),
    minUptimeMs: countOf(env['min_uptime']) ?? defaults.minUptimeMs,
    maxRestarts: countOf(env['max_restarts']) ?? defaults.maxRestarts,
    autorestart: flagOf(env['autorestart']) ?? true,
    restartDelayMs: countOf(env['restart_delay']) ?? 0,
    expBackoffRestartDelayMs: countOf(env['exp_backoff_restart_delay']) ?? 0,
    stopExitCodes: stopExitCodesOf(env),
    killTimeoutMs: countOf(env['kill_timeout'], 1) ?? defaults.killTimeoutMs,
    // `cron_restart: 0` switches it off.
    cronRestart: cron === null || cron === '0' ? null : clean.text(cron, 200),
    watch: Array.isArray(watch) ? watch.length > 0 : (flagOf(watch) ?? textOf(watch) !== null),
    waitReady: flagOf(env['wait_ready']) ?? false,
    treekill: flagOf(env['treekill']) ?? true,
  };
}

/** V8's limit in MiB. The command line wins over NODE_OPTIONS, and the last of several wins (`node --help`). */
function heapLimitOf(env: Fields, nodeOptions: string): number | null {
  const words = [...wordsOf(env['node_args'])];
  // `script: 'node', interpreter: 'none'`: the options stand among the arguments.
  if (/(?:^|\/)node(?:js)?$/.test(textOf(env['pm_exec_path']) ?? '')) words.push(...wordsOf(env['args']));
  return lastHeapLimit(words.join(' ')) ?? lastHeapLimit(nodeOptions);
}

function lastHeapLimit(options: string): number | null {
  let limit: number | null = null;
  if (!options.includes('max')) return limit;
  for (const match of options.matchAll(
    /(?:^|[\s"'])--?max[-_]old[-_]space[-_]size[=\s]["']?(\d{1,9})(?!\d)/g,
  )) {
    limit = countOf(match[1], 1);
  }
  return limit;
}

/** Metrics by their `type`: labels differ between agents; values are numbers, or numbers as text. */
function metricsOf(monitor: unknown): (type: string) => number | null {
  const values = isFields(monitor) ? Object.values(monitor) : [];
  return (type) => {
    const metric = values.find((value) => isFields(value) && value['type'] === type);
    return isFields(metric) ? numberOf(metric['value']) : null;
  };
}

function mebibytes(value: number | null): number | null {
  return value === null || value < 0 ? null : Math.round(value * mebibyte);
}
