/** Mail services whose rules are worth a word of their own. `netease` is 163, 126, yeah and 188; `exmail` is Tencent's for firms. */
export type MailProvider =
  | 'qq'
  | 'exmail'
  | 'netease'
  | 'qiye163'
  | 'gmail'
  | 'microsoft'
  | 'ses'
  | 'aliyun'
  | 'other';

const hosts: readonly (readonly [MailProvider, RegExp])[] = [
  ['exmail', /(?:^|\.)exmail\.qq\.com$/],
  ['qq', /(?:^|\.)(?:qq|foxmail)\.com$/],
  ['qiye163', /(?:^|\.)(?:qiye\.163|ym\.163|qiye\.netease)\.com$|qiye/],
  ['netease', /(?:^|\.)(?:163|126|188)\.com$|(?:^|\.)yeah\.net$/],
  ['gmail', /(?:^|\.)(?:gmail|googlemail|google)\.com$/],
  [
    'microsoft',
    /(?:^|\.)(?:office365|outlook|hotmail|live)\.com$|(?:^|\.)partner\.outlook\.cn$|(?:^|\.)office365\.us$/,
  ],
  ['ses', /(?:^|\.)amazonaws\.com(?:\.cn)?$/],
  ['aliyun', /(?:^|\.)(?:aliyun|mxhichina|alibaba-inc|aliyun-inc)\.com$/],
];

export function providerOf(host: string): MailProvider {
  const name = host.toLowerCase().replace(/\.$/, '');
  return hosts.find(([, pattern]) => pattern.test(name))?.[0] ?? 'other';
}

export function isChinese(provider: MailProvider): boolean {
  return ['qq', 'exmail', 'netease', 'qiye163', 'aliyun'].includes(provider);
}
