import type { App } from '../../model/pm2.ts';
import type { AppTree } from '../apps/process-tree.ts';

/** `fits` = this is the name the app's process has; `misfits` = it is another program's; `open` = the name decides nothing. */
export type CommFit = 'fits' | 'open' | 'misfits';

/** The kernel keeps 15 bytes of a name (TASK_COMM_LEN 16, include/linux/sched.h). */
const commBytes = 15;
/** Node before PM2 has set the title, newer Node's own thread name, what a child of npm shows, and any Node outside PM2. */
const plainNode = /^(?:node|nodejs|MainThread|node-MainThread)$/;

/**
 * Answers: can a process of this name be the main process of this app?
 *
 * PM2 titles Node apps `node <script path>` (lib/ProcessContainerFork.js:16, lib/ProcessContainer.js:29, 7.0.4), cut to
 * 15 bytes; all apps below one folder then share a name. Other interpreters keep their own name. An app may set a title
 * itself, so a strange name rules out only where the name is known to be another app's kind. The name of the app's
 * present main process counts too: its forerunner most likely had the same.
 */
export function commFit(name: string | null, app: App, tree: AppTree | null): CommFit {
  const comm = name?.replace(/\ufffd+$/, '') ?? '';
  if (comm === '') return 'open';
  if (tree?.main && tree.main.comm === comm) return 'fits';
  const isTitled = /^node \S/.test(comm);
  if (isNodeApp(app)) {
    if (app.scriptPath !== null && comm === cut(`node ${app.scriptPath}`)) return 'fits';
    // PM2 sets the title before the script runs: where its successor has one, a plain Node was somebody else's.
    if (plainNode.test(comm)) return tree?.main && !plainNode.test(tree.main.comm) ? 'misfits' : 'open';
    // Another Node app's title, or an interpreter that is not this app's.
    return isTitled || isInterpreter(comm) || tree?.main ? 'misfits' : 'open';
  }
  if (isTitled) return 'misfits';
  const own = app.interpreter === null || app.interpreter === 'none' ? app.scriptPath : app.interpreter;
  if (own !== null && comm === cut(baseName(own))) return 'fits';
  if (app.scriptPath !== null && comm === cut(baseName(app.scriptPath))) return 'fits';
  return tree?.main ? 'misfits' : 'open';
}

/** A Node process that PM2 has not titled, or not yet. */
export function isPlainNode(comm: string): boolean {
  return plainNode.test(comm);
}

/** A title as PM2 gives it to Node apps, with a path of theirs: not the name of any other program. */
export function isTitle(comm: string | null): boolean {
  return comm !== null && /^node \S/.test(comm);
}

/** The title PM2 gives its daemon: `PM2 v7.0.4: God Daemon (<home>)` (lib/Daemon.js), cut to 15 bytes. */
export function isDaemonComm(comm: string | null): boolean {
  return comm !== null && /^PM2 v\d+\.\d+\.\d+/.test(comm);
}

function isNodeApp(app: App): boolean {
  return app.interpreter === null
    ? app.nodeVersion !== null || app.execMode === 'cluster'
    : /(?:^|\/)node(?:js)?$/.test(app.interpreter);
}

function isInterpreter(comm: string): boolean {
  return /^(?:python|php|ruby|perl|java|bun|deno|gunicorn|uvicorn|celery|uwsgi|postgres|mysqld|mariadbd|mongod|redis-server|nginx|apache2|httpd|chrome|chromium|git|tar|gzip|rsync)/.test(
    comm,
  );
}

function baseName(path: string): string {
  return path.slice(path.lastIndexOf('/') + 1);
}

/** The first 15 bytes of the UTF-8 form; half a character at the end is dropped, as the log reader drops it. */
function cut(text: string): string {
  let bytes = 0;
  let kept = '';
  for (const character of text) {
    const point = character.codePointAt(0) ?? 0;
    bytes += point < 0x80 ? 1 : point < 0x800 ? 2 : point < 0x10000 ? 3 : 4;
    if (bytes > commBytes) break;
    kept += character;
  }
  return kept;
}
