import type { Fmt } from '../src/model/audit.ts';

const units = ['B', 'KB', 'MB', 'GB', 'TB'] as const;

/** The simplest Fmt, in UTC and without marks: for reading an audit's words in tests. */
export const plainFmt: Fmt = {
  bytes: (value) => {
    const step = value < 1 ? 0 : Math.min(units.length - 1, Math.floor(Math.log2(value) / 10));
    return `${Number((value / 1024 ** step).toFixed(1))} ${units[step]}`;
  },
  ratio: (value) => `${Number((value * 100).toFixed(1))} %`,
  percent: (value) => `${Number(value.toFixed(1))} %`,
  duration: (ms) => `${Math.round(ms / 1000)} s`,
  time: (at) => new Date(at).toISOString().slice(0, 16).replace('T', ' '),
  date: (at) => new Date(at).toISOString().slice(0, 10),
  count: (value) => String(value),
  list: (items, max = 5) =>
    items.length > max
      ? `${items.slice(0, max).join(', ')} and ${items.length - max} more`
      : items.join(', '),
  code: (text) => text,
  name: (text) => text,
};
