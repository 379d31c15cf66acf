import type { Locale } from '../../model/text.ts';
import { oneLine } from './mail-text.ts';

interface ChannelWords {
  readonly damaged: string;
  readonly nobody: string;
  readonly address: (setting: string, text: string) => string;
}

export const channelWords: { readonly [L in Locale]: ChannelWords } = {
  en: {
    damaged:
      'A mail in the outbox is damaged and cannot be sent; it was taken out. The report itself is on the disk.',
    nobody: 'email.to names no recipient.',
    address: (setting, text) =>
      `${setting}: “${oneLine(text, 80)}” is not a mail address. Write it as ops@example.com or Ops <ops@example.com>.`,
  },
  'zh-CN': {
    damaged: '发件箱中有一封邮件已损坏，无法发送，已移除。报告文件仍在磁盘上。',
    nobody: 'email.to 中没有收件人。',
    address: (setting, text) =>
      `${setting}：“${oneLine(text, 80)}”不是邮件地址。请写成 ops@example.com 或 Ops <ops@example.com>。`,
  },
};
