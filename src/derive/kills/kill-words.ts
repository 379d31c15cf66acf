import type { Fmt } from '../../model/audit.ts';
import { groupName } from './group-name.ts';
import type { KillSummary } from './kill-summary.ts';

/** `1.2 GB`, or `1.2 GB to 1.3 GB`, or null where no line says what the victims held. */
export function heldText(kills: KillSummary, fmt: Fmt, to: string): string | null {
  if (kills.leastBytes === null || kills.mostBytes === null) return null;
  const [least, most] = [fmt.bytes(kills.leastBytes), fmt.bytes(kills.mostBytes)];
  return least === most ? most : `${least}${to}${most}`;
}

/** Groups named in a sentence: the latest. A host with a container for each job has hundreds. */
const shownLimits = 3;

/** What was full, in English: the limits of groups, the whole host, or what a user-space killer watches. */
export function fullEn(kills: KillSummary, fmt: Fmt): string {
  const parts = kills.limits
    .slice(-shownLimits)
    .map(
      ({ path, bytes }) =>
        `the limit of ${fmt.code(groupName(path))}${bytes === null ? '' : ` (${fmt.bytes(bytes)})`} was full`,
    );
  const more = kills.limits.length - parts.length;
  if (more > 0) parts.push(`so ${more === 1 ? 'was that' : 'were those'} of ${fmt.count(more)} more`);
  if (kills.hostWide > 0) parts.push('the memory of the whole host was full');
  for (const killer of kills.killers) parts.push(`${killer} stepped in before the kernel had to`);
  const text = parts.join('; ');
  return text === '' ? '' : `${text[0]?.toUpperCase()}${text.slice(1)}. `;
}

/** The same in Chinese. */
export function fullZh(kills: KillSummary, fmt: Fmt): string {
  const parts = kills.limits
    .slice(-shownLimits)
    .map(
      ({ path, bytes }) =>
        `${fmt.code(groupName(path))} 的内存上限${bytes === null ? '' : `（${fmt.bytes(bytes)}）`}已用尽`,
    );
  const more = kills.limits.length - parts.length;
  if (more > 0) parts.push(`另有 ${fmt.count(more)} 个 cgroup 同样用尽`);
  if (kills.hostWide > 0) parts.push('整台主机的内存已用尽');
  for (const killer of kills.killers) parts.push(`${killer} 抢在内核之前出手`);
  return parts.length === 0 ? '' : `${parts.join('；')}。`;
}

/** Victim against cause, in English; empty where the victim itself was the biggest or the table is lost. */
export function culpritEn({ culprit, crowd }: KillSummary, fmt: Fmt): string {
  if (!culprit) return crowd === null ? '' : crowdEn(crowd, fmt);
  const who = fmt.name(culprit.app ?? culprit.name);
  const many = culprit.processes > 1;
  const whose = many
    ? `${fmt.count(culprit.processes)} processes ${culprit.app === null ? 'called' : 'of'} ${who}`
    : who;
  const held = `${whose}${culprit.outside ? ', not run by PM2,' : ''} held ${fmt.bytes(culprit.bytes)}${many ? ' together' : ''}`;
  return culprit.sure
    ? `It was the victim, not the biggest: ${held} at that moment. `
    : `${held} at that moment, more than the victim; the kernel’s table is not whole. `;
}

function crowdEn({ processes, bytes, victimBytes }: NonNullable<KillSummary['crowd']>, fmt: Fmt): string {
  return `No single process stood out: ${fmt.count(processes)} of them held ${fmt.bytes(bytes)} together, the victim ${fmt.bytes(victimBytes)}. `;
}

/** The same in Chinese. */
export function culpritZh({ culprit, crowd }: KillSummary, fmt: Fmt): string {
  if (!culprit) return crowd === null ? '' : crowdZh(crowd, fmt);
  const name = fmt.name(culprit.app ?? culprit.name);
  const who = culprit.processes > 1 ? `${name} 的 ${fmt.count(culprit.processes)} 个进程` : name;
  const whose = `${who}${culprit.app === null && culprit.outside ? '（不由 PM2 管理）' : ''}`;
  // A blank stands between Han and Latin, not after Han or a bracket.
  const blank = whose === name ? ' ' : '';
  const held = `当时 ${whose}${culprit.processes > 1 ? '合计' : blank}占用 ${fmt.bytes(culprit.bytes)}`;
  return culprit.sure
    ? `它是受害者，并非占用最大的${culprit.processes > 1 ? '一方' : '进程'}：${held}。`
    : `${held}，大于被杀进程；内核的进程清单不完整。`;
}

function crowdZh({ processes, bytes, victimBytes }: NonNullable<KillSummary['crowd']>, fmt: Fmt): string {
  return `没有单个进程特别突出：${fmt.count(processes)} 个进程合计占用 ${fmt.bytes(bytes)}，被杀进程占用 ${fmt.bytes(victimBytes)}。`;
}

/** `on 19 Nov 09:05`, `twice, on … and …`, or `3 times, first on … and last on …`; times that print alike are said once. */
export function whenEn(kills: KillSummary, fmt: Fmt): string {
  if (kills.last === null || kills.first === null)
    return kills.kills === 1 ? 'at an unknown time' : `${fmt.count(kills.kills)} times`;
  if (kills.kills === 1) return `on ${fmt.time(kills.last)}`;
  const [first, last] = [fmt.time(kills.first), fmt.time(kills.last)];
  const count = kills.kills === 2 ? 'twice' : `${fmt.count(kills.kills)} times`;
  if (first === last) return `${count} on ${last}`;
  return kills.kills === 2
    ? `${count}, on ${first} and on ${last}`
    : `${count}, first on ${first} and last on ${last}`;
}

/** `于 11 月 19 日 09:05`; the count is left to the sentence, Chinese puts it elsewhere. */
export function whenZh(kills: KillSummary, fmt: Fmt): string {
  if (kills.last === null || kills.first === null) return '时间不明';
  const [first, last] = [fmt.time(kills.first), fmt.time(kills.last)];
  return first === last ? last : `${first} 至 ${last}`;
}

/** Count, size and last time: the figures under a headline. */
export function killFigures(
  kills: KillSummary,
  fmt: Fmt,
  labels: {
    readonly kills: string;
    readonly held: string;
    readonly limit: string;
    readonly last: string;
    readonly to: string;
  },
): readonly (readonly [string, string])[] {
  const held = heldText(kills, fmt, labels.to);
  const limit = kills.limits.find(({ bytes }) => bytes !== null)?.bytes ?? null;
  const figures: (readonly [string, string])[] = [[labels.kills, fmt.count(kills.kills)]];
  if (held !== null) figures.push([labels.held, held]);
  if (limit !== null) figures.push([labels.limit, fmt.bytes(limit)]);
  if (kills.last !== null) figures.push([labels.last, fmt.time(kills.last)]);
  return figures;
}
