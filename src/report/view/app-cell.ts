import type { App } from '../../model/pm2.ts';
import type { ProcessRow } from '../../model/report.ts';
import type { Context } from './context.ts';
import type { AppCell } from './model.ts';

/** `node` of any path is Node; its version and mode say more than the path. */
export function runtime(app: App): string {
  const binary = app.interpreter?.split('/').at(-1) ?? '';
  const isNode = binary === '' ? app.nodeVersion !== null : /^node\b/.test(binary);
  const major = app.nodeVersion?.replace(/^v/, '').split('.')[0];
  const named = isNode
    ? `Node${major === undefined ? '' : ` ${major}`}`
    : /^python/.test(binary)
      ? 'Python'
      : binary === 'none'
        ? (app.scriptPath?.split('/').at(-1) ?? '')
        : binary;
  return [named, app.execMode === 'cluster' ? 'cluster' : ''].filter((part) => part !== '').join(' ');
}

/** Name, status in a word with its mark, and what kind of app it is. */
export function appCell(context: Context, row: ProcessRow): AppCell {
  const { fmt, words, report } = context;
  const { app } = row;
  const isGhost = app.status === 'online' && app.pid === null;
  const isUp = app.status === 'online' && !isGhost;
  const isTrouble = isGhost || app.status === 'errored' || app.status === 'waiting restart';
  const manyHomes = report.daemons.length > 1;
  const details = [
    isUp && row.uptimeMs !== null ? fmt.duration(row.uptimeMs) : '',
    [runtime(app), `id ${app.ref.pmId}`, manyHomes ? (app.user ?? app.ref.home) : '']
      .filter((part) => part !== '')
      .join(' · '),
  ];
  return {
    name: app.ref.name,
    details: details.filter((part) => part !== '').join(' · '),
    status: isGhost ? words.status.noPid : words.status[app.status],
    statusTone: isUp ? 'green' : isTrouble ? 'red' : app.status === 'stopped' ? 'soft' : 'orange',
    statusMark: isUp ? 's-online' : isTrouble ? 's-trouble' : 's-stopped',
  };
}
