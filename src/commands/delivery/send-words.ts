import type { Locale } from '../../model/text.ts';

/** Why `send` has nothing to send. Paths and names are clean. */
export interface SendWords {
  noChannel(name: string, configured: readonly string[]): string;
  noReport(folder: string): string;
  unreadable(path: string, code: string): string;
  otherVersion(path: string, made: string, own: string): string;
  damaged(path: string): string;
  otherHost(path: string, host: string, own: string): string;
}

export const sendWords: { readonly [L in Locale]: SendWords } = {
  en: {
    noChannel: (name, configured) =>
      `--to ${name}: no channel has that name. Configured are ${configured.join(', ')}.`,
    noReport: (folder) =>
      `send: no report is kept in ${folder}. Make one with pm2-audit, or name its folder with --reports.`,
    unreadable: (path, code) =>
      `${path}: could not be read (${code || 'unknown'}). Run send as the user that makes the reports.`,
    otherVersion: (path, made, own) =>
      `${path}: was made by pm2-audit ${made}, this is ${own}. Run pm2-audit once more, then send.`,
    damaged: (path) => `${path}: is damaged. Run pm2-audit once more, then send.`,
    otherHost: (path, host, own) =>
      `${path}: is a report of ${host}, this is ${own}. Send it from there, or name another folder with --reports.`,
  },
  'zh-CN': {
    noChannel: (name, configured) =>
      `--to ${name}：没有这个名字的渠道。已配置的有：${configured.join('、')}。`,
    noReport: (folder) =>
      `send：${folder} 中没有报告。请先运行 pm2-audit 生成一份，或用 --reports 指定报告所在的文件夹。`,
    unreadable: (path, code) =>
      `${path}：无法读取（${code || '原因不明'}）。请以生成报告的用户身份运行 send。`,
    otherVersion: (path, made, own) =>
      `${path}：由 pm2-audit ${made} 生成，而当前版本是 ${own}。请重新运行一次 pm2-audit，再执行 send。`,
    damaged: (path) => `${path}：文件已损坏。请重新运行一次 pm2-audit，再执行 send。`,
    otherHost: (path, host, own) =>
      `${path}：这是 ${host} 的报告，而本机是 ${own}。请在那台主机上发送，或用 --reports 指定其他文件夹。`,
  },
};
