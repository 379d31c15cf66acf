import type { App } from '../../model/pm2.ts';
import type { AppTree } from './process-tree.ts';

/** What an app's children are: each kind is bounded in its own way. `wrapper` = npm, yarn or a shell around the program. */
export const workerKinds = [
  'wrapper',
  'gunicorn',
  'uvicorn',
  'celery',
  'php-fpm',
  'sidekiq',
  'puma',
  'browser',
  'node',
  'python',
  'other',
] as const;
export type WorkerKind = (typeof workerKinds)[number];

/** Servers by the name of their program or process; celery and gunicorn also by what they log of a lost worker. */
const servers: readonly (readonly [WorkerKind, RegExp])[] = [
  ['gunicorn', /gunicorn|\[(?:WARNING|ERROR|CRITICAL)\] Worker \(pid:/i],
  ['uvicorn', /uvicorn|hypercorn/i],
  ['celery', /celery|ForkPoolWorker/i],
  ['php-fpm', /php-fpm/i],
  ['sidekiq', /sidekiq/i],
  ['puma', /\bpuma\b/i],
];
const shells = /^(?:npm|npx|yarn|pnpm|sh|bash|dash|zsh|ash|make)$/;
/** npm titles itself `npm start`, `npm run web` (process.title); its launcher scripts end in these names. */
const launcher = /^(?:npm|npx|yarn|pnpm)(?:-cli)?(?:\.c?js)?$/;
const browser = /^(?:chrome|chromium|headless_shell|firefox|chrome_crashpad)/i;
const node = /^(?:node\b|MainThread$)/;

/**
 * Answers: what are the children of this app? By the names of its processes now, its script and interpreter, and the names
 * and log lines of children that were killed (`told`). What no name tells is `other`.
 */
export function workerKind(app: App | null, tree: AppTree | null, told: readonly string[] = []): WorkerKind {
  const children = [
    ...(tree?.members.filter(({ pid }) => pid !== tree.main?.pid).map(({ comm }) => String(comm)) ?? []),
    ...told,
  ];
  const script = baseName(app?.scriptPath ?? '');
  const interpreter = baseName(app?.interpreter ?? '');
  const own = [script, interpreter, tree?.main?.comm ?? ''];
  const server = servers.find(([, name]) => [...own, ...children].some((text) => name.test(text)));
  if (server !== undefined) return server[0];
  // A browser is a program of its own, whoever starts it.
  if (children.some((comm) => browser.test(comm))) return 'browser';
  const main = tree?.main?.comm ?? '';
  if (shells.test(main.split(' ')[0] ?? '') || shells.test(interpreter) || launcher.test(script))
    return 'wrapper';
  if (children.some((comm) => node.test(comm)) && /^node(js)?$/.test(interpreter || 'node')) return 'node';
  if (/^python/.test(interpreter) && children.some((comm) => /^python/.test(comm))) return 'python';
  return 'other';
}

function baseName(path: string): string {
  return path.slice(path.lastIndexOf('/') + 1);
}
