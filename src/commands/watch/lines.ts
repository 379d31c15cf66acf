import type { Change, Figure, Level } from '../../collector/levels.ts';
import type { AppSample, Sample } from '../../model/history.ts';
import type { AttributedKill } from '../../model/oom.ts';
import type { EpochMs, Locale } from '../../model/text.ts';
import { cells, pad, truncate } from '../../report/cells.ts';
import { bytes, isoWithZone } from '../../report/numbers.ts';
import type { WatchWords } from './words.ts';
import { en } from './words-en.ts';
import { zh } from './words-zh.ts';

export const watchWords: { readonly [L in Locale]: WatchWords } = { en, 'zh-CN': zh };

const percent = (ratio: number): string => `${Math.floor(ratio * 100)}%`;
const ratio = (used: number, total: number): number => (total > 0 ? used / total : 0);

/** `12:04:31` on a terminal, `2026-11-22 12:04:31` in a log. */
export function clock(at: EpochMs, utcOffsetMinutes: number, isShort: boolean): string {
  const iso = isoWithZone(at, utcOffsetMinutes) ?? '1970-01-01T00:00:00';
  return isShort ? iso.slice(11, 19) : iso.slice(0, 19).replace('T', ' ');
}

/** Answers: what was this sample, in one line of at most `columns` cells, without time and level? `—` = not known. */
export function sampleLine({ host, apps }: Sample, words: WatchWords, columns: number): string {
  const say = words.column;
  const memory =
    host === null
      ? '—'
      : `${percent(1 - ratio(host.memoryAvailableBytes, host.memoryTotalBytes))} ${bytes(host.memoryTotalBytes - host.memoryAvailableBytes)}`;
  const swap =
    host === null || host.swapTotalBytes === 0
      ? '—'
      : percent(ratio(host.swapUsedBytes, host.swapTotalBytes));
  const up = apps?.filter(({ pid }) => pid !== null).length;
  const down = apps?.filter(({ pid }) => pid === null).length;
  const tree = apps?.reduce((sum, { treeRssBytes }) => sum + (treeRssBytes ?? 0), 0);
  const parts = [
    atLeast(`${say.memory} ${memory}`, 14),
    atLeast(`${say.swap} ${swap}`, 7),
    atLeast(`${say.up} ${up ?? '—'}${down ? ` ${say.down} ${down}` : ''}`, 5),
    atLeast(`${say.tree} ${tree === undefined ? '—' : bytes(tree)}`, 11),
    biggest(apps),
  ];
  return truncate(parts.join('  ').trimEnd(), columns);
}

/** In columns as far as they fit; a long figure moves what follows it, and is never cut. */
function atLeast(text: string, width: number): string {
  return text + ' '.repeat(Math.max(0, width - cells(text)));
}

function biggest(apps: readonly AppSample[] | null): string {
  let most: AppSample | null = null;
  for (const app of apps ?? []) if ((app.treeRssBytes ?? 0) > (most?.treeRssBytes ?? 0)) most = app;
  if (most === null || most.treeRssBytes === null) return '';
  const size = bytes(most.treeRssBytes);
  return `${truncate(most.app.name, 20)} ${size}`;
}

/** The word of a level, coloured where there is colour, padded to one width. */
export function levelWord(level: Level, words: WatchWords, color: boolean): string {
  const word = pad(words.level[level], 6);
  if (!color) return word;
  const codes: { readonly [L in Level]: string } = { normal: '32', watch: '33', warn: '1;31' };
  return `\u001b[${codes[level]}m${word}\u001b[0m`;
}

export function changeLine({ figure }: Change, words: WatchWords): string {
  return figureText(figure, words);
}

function figureText(figure: Figure, words: WatchWords): string {
  const used = bytes(figure.used);
  switch (figure.kind) {
    case 'memory':
      return words.memory(used, bytes(figure.total), percent(ratio(figure.used, figure.total)));
    case 'swap':
      return words.swap(used, bytes(figure.total), percent(ratio(figure.used, figure.total)), figure.isCalm);
    case 'group':
      return words.group(figure.path, used, bytes(figure.total), percent(ratio(figure.used, figure.total)));
    case 'disk':
      return words.disk(
        figure.mount,
        bytes(figure.total - figure.used),
        percent(ratio(figure.used, figure.total)),
      );
    case 'app-limit':
      return words.appLimit(
        figure.app.name,
        used,
        bytes(figure.total),
        percent(ratio(figure.used, figure.total)),
      );
    case 'app-memory':
      return words.appMemory(figure.app.name, used, bytes(figure.total));
    case 'cpu':
      return words.cpu(figure.app.name, `${Math.round(figure.used)}%`);
    default:
      return words.daemon(figure.home, used);
  }
}

/** Answers: who was killed, how big, whose was it, and how sure is that? */
export function killLine(attributed: AttributedKill, words: WatchWords): string {
  const { kill, app, role, confidence, candidates } = attributed;
  const rssKb =
    kill.rssKb ??
    (kill.anonRssKb === null ? null : kill.anonRssKb + (kill.fileRssKb ?? 0) + (kill.shmemRssKb ?? 0));
  const pid = String(kill.pid ?? '?');
  const who =
    role === 'daemon'
      ? words.daemonItself(pid)
      : app === null
        ? candidates.length > 1
          ? words.oneOf(candidates.map(({ name }) => name).join(', '))
          : role === 'other'
            ? words.notPm2
            : null
        : role === 'child'
          ? words.child(app.name, pid)
          : role === 'module'
            ? words.module(app.name, pid)
            : words.main(app.name, pid);
  return words.kill(
    `${kill.comm ?? '?'} (${pid})`,
    rssKb === null ? null : bytes(rssKb * 1024),
    who,
    words.sure[confidence],
    kill.constraint === 'memcg' ? kill.oomMemcg : null,
  );
}
