import type { Daemon } from '../model/pm2.ts';
import type { News } from './news.ts';

/** Answers: which homes came or went between two lists, and which daemons? At the first list all homes are new and none is told. */
export function daemonNews(
  before: readonly Daemon[],
  after: readonly Daemon[],
  isFirst: boolean,
): readonly News[] {
  if (before === after) return [];
  const news: News[] = [];
  const known = new Map(before.map((daemon) => [daemon.home, daemon]));
  for (const daemon of after) {
    const { home, pid, state } = daemon;
    const old = known.get(home);
    known.delete(home);
    if (old === undefined) {
      if (!isFirst) news.push({ kind: 'home-added', home });
    } else if (pid !== null && pid !== old.pid) news.push({ kind: 'daemon-up', home, pid });
    else if (pid === null && old.pid !== null) news.push({ kind: 'daemon-gone', home, pid: old.pid });
    if (state === 'hung' && old?.state !== 'hung') news.push({ kind: 'daemon-silent', home, pid });
  }
  for (const { home } of known.values()) news.push({ kind: 'home-gone', home });
  return news;
}
