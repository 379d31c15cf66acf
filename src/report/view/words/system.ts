import type { Locale } from '../../../model/text.ts';
import type { ReportFmt } from '../../format.ts';
import { countOf } from './numbers.ts';

export interface SystemWords {
  lead(clock: string): string;
  plainLead(clock: string): string;
  unseen: string;
  rowUnseen: string;
  memory: string;
  swap: string;
  limitOf(name: string): string;
  containerLimit: string;
  pressure: string;
  load: string;
  disk(mount: string): string;
  inodes(mount: string): string;
  inodesValue(free: string): string;
  of(used: string, total: string): string;
  memorySays(available: string, free: string, state: 'ok' | 'watch' | 'warn'): string;
  noSwap: string;
  swapSays(facts: {
    readonly state: 'ok' | 'note' | 'watch' | 'warn';
    readonly total: string;
    readonly available: string;
  }): string;
  noLimit: string;
  limitUnread: string;
  limitSays(facts: {
    readonly kills: number;
    readonly days: readonly string[];
    readonly peak: string | null;
    readonly state: 'ok' | 'watch' | 'warn';
    /** A bracket on the bar marks the peak. */
    readonly isDrawn: boolean;
  }): string;
  pressureUnit: string;
  pressureUnread: string;
  pressureSays(some: readonly string[], state: 'ok' | 'watch' | 'warn'): string;
  loadValue(load: string, cpus: number): string;
  loadSays(load: readonly string[], state: 'ok' | 'watch' | 'warn'): string;
  diskSays(free: string, state: 'ok' | 'watch' | 'warn', holds: string): string;
  holdsHome: string;
  inodesSays(free: string, state: 'ok' | 'watch' | 'warn'): string;
  disksUnseen: string;
}

const en = (fmt: ReportFmt): SystemWords => ({
  lead: (clock) => `At ${clock}. Thin lines on a bar are the watch and warning limits.`,
  plainLead: (clock) => `At ${clock}.`,
  unseen: 'Memory, swap and load of this host could not be read.',
  rowUnseen: 'Could not be read.',
  memory: 'Memory',
  swap: 'Swap',
  limitOf: (name) => `Limit of ${name}`,
  containerLimit: 'Limit of the container',
  pressure: 'Memory pressure',
  load: 'Load',
  disk: (mount) => `Disk ${mount}`,
  inodes: (mount) => `Inodes ${mount}`,
  inodesValue: (free) => `${free} free`,
  of: (used, total) => `${used} of ${total}`,
  memorySays: (available, free, state) =>
    `${available} available, ${free} of it free. ${state === 'ok' ? 'No shortage now.' : state === 'watch' ? 'One more large app does not fit.' : 'The next allocation of some size can start the OOM killer.'}`,
  noSwap: 'There is no swap. When memory runs out, the kernel kills at once, without a slow phase before.',
  swapSays: ({ state, total, available }) =>
    state === 'ok'
      ? 'Room is left.'
      : state === 'note'
        ? `Nearly full, and ${available} of memory is available: these are idle pages, not a shortage. A swap of ${total} cushions little.`
        : state === 'watch'
          ? 'More than half is in use. Pages that come back from it cost time.'
          : 'Nearly full. The next shortage has no cushion.',
  noLimit: 'No limit: the whole memory of the host is the only bound.',
  limitUnread: 'How much the group uses could not be read.',
  limitSays: ({ kills, days, peak, state, isDrawn }) =>
    kills > 0
      ? `Reached on ${fmt.list(days, 4)}: ${countOf(fmt, kills, 'kill', 'kills')}.${peak === null ? '' : isDrawn ? ` The bracket marks the peak, ${peak}.` : ` The peak was ${peak}.`}`
      : `${state === 'ok' ? 'Room is left.' : state === 'watch' ? 'Little room is left.' : 'Almost no room: the next step up is a kill.'}${peak === null ? '' : ` Peak ${peak}.`}`,
  pressureUnit: 'last 5 minutes',
  pressureUnread: 'This kernel does not measure it (PSI is off or absent).',
  pressureSays: (some, state) =>
    `${state === 'ok' ? 'Next to no process waits for memory.' : 'Processes wait for memory.'} Last 10, 60 and 300 s: ${some.join(', ')}. Older shortages do not show here.`,
  loadValue: (load, cpus) => `${load} on ${countOf(fmt, cpus, 'CPU', 'CPUs')}`,
  loadSays: (load, state) =>
    `1, 5 and 15 minutes: ${load.join(', ')}.${state === 'ok' ? '' : ' More work is ready than CPUs to do it.'}`,
  diskSays: (free, state, holds) =>
    `${free} free${state === 'ok' ? '' : state === 'watch' ? ', worth a look this month' : ', little'}.${holds === '' ? '' : ` ${holds}`} How fast it fills is not known yet.`,
  holdsHome: 'PM2 writes its logs here.',
  inodesSays: (free, state) =>
    state === 'ok' ? 'No shortage.' : `${free} free. Many small files use them up before the disk is full.`,
  disksUnseen: 'Disks could not be read.',
});

const zh = (fmt: ReportFmt): SystemWords => ({
  lead: (clock) => `采集于 ${clock}。条上的细线为关注线与警告线。`,
  plainLead: (clock) => `采集于 ${clock}。`,
  unseen: '无法读取本机的内存、swap 与负载。',
  rowUnseen: '无法读取。',
  memory: '内存',
  swap: 'Swap',
  limitOf: (name) => `${name} 的上限`,
  containerLimit: '容器的内存上限',
  pressure: '内存压力',
  load: '负载',
  disk: (mount) => `磁盘 ${mount}`,
  inodes: (mount) => `inode ${mount}`,
  inodesValue: (free) => `剩余 ${free}`,
  of: (used, total) => `${used} / ${total}`,
  memorySays: (available, free, state) =>
    `可用 ${available}，其中空闲 ${free}。${state === 'ok' ? '当前不紧张。' : state === 'watch' ? '已容不下一个大应用。' : '再有较大的内存申请就可能触发强杀。'}`,
  noSwap: '没有 swap。内存一旦耗尽，内核会立即强杀，没有变慢的缓冲期。',
  swapSays: ({ state, total, available }) =>
    state === 'ok'
      ? '仍有余量。'
      : state === 'note'
        ? `接近用满，但内存仍有 ${available} 可用：这是闲置页，并非内存不足。${total} 的 swap 起不到多少缓冲作用。`
        : state === 'watch'
          ? '已用过半，换回的页会拖慢应用。'
          : '接近用满，下一次内存紧张时没有缓冲。',
  noLimit: '未设上限：整机内存就是唯一的边界。',
  limitUnread: '无法读取该分组的用量。',
  limitSays: ({ kills, days, peak, state, isDrawn }) =>
    kills > 0
      ? `${days.slice(0, 4).join('、')} 曾触顶，发生 ${fmt.count(kills)} 次强杀。${peak === null ? '' : isDrawn ? `括号标记为峰值 ${peak}。` : `峰值 ${peak}。`}`
      : `${state === 'ok' ? '仍有余量。' : state === 'watch' ? '余量不多。' : '几乎没有余量，再增长就会被强杀。'}${peak === null ? '' : `峰值 ${peak}。`}`,
  pressureUnit: '最近 5 分钟',
  pressureUnread: '此内核不提供该指标（PSI 未启用或不支持）。',
  pressureSays: (some, state) =>
    `${state === 'ok' ? '几乎没有进程在等待内存。' : '有进程在等待内存。'}最近 10、60、300 秒分别为 ${some.join('、')}。该指标不能说明更早的情况。`,
  loadValue: (load, cpus) => `${load}（${cpus} 核）`,
  loadSays: (load, state) =>
    `1、5、15 分钟分别为 ${load.join('、')}。${state === 'ok' ? '' : '待执行的任务多于 CPU。'}`,
  diskSays: (free, state, holds) =>
    `剩余 ${free}${state === 'ok' ? '' : state === 'watch' ? '，建议本月内关注' : '，余量很少'}。${holds}增长速度尚不清楚。`,
  holdsHome: 'PM2 的日志写在这里。',
  inodesSays: (free, state) =>
    state === 'ok' ? '充足。' : `剩余 ${free}。大量小文件会先于磁盘空间用尽 inode。`,
  disksUnseen: '无法读取磁盘信息。',
});

export const systemWords: { readonly [L in Locale]: (fmt: ReportFmt) => SystemWords } = { en, 'zh-CN': zh };
