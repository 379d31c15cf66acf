import type { Locale } from '../../model/text.ts';

export type UrlTrouble = 'scheme' | 'shape' | 'host' | 'port' | 'query' | 'percent' | 'control' | 'no-user';

const example = 'smtps://USER:PASSWORD@smtp.example.com:465';

const en: { readonly [T in UrlTrouble]: string } = {
  scheme: `The SMTP URL must begin with smtp://, smtps:// or smtp+starttls://, for instance ${example}`,
  shape: `The SMTP URL is not of the form ${example}. Write special characters of the password percent-encoded: @ as %40, / as %2F, # as %23, ? as %3F.`,
  host: `The SMTP URL names no valid server. Its form is ${example}; an IPv6 address stands in brackets.`,
  port: 'The port in the SMTP URL must be from 1 to 65535. Usual are 465 (TLS) and 587 (STARTTLS).',
  query: 'After the ? the SMTP URL may say security=tls, security=starttls or security=none, nothing else.',
  percent:
    'The SMTP URL holds a % that is not followed by two hexadecimal digits. Write a % of the password as %25.',
  control: 'The login or the password in the SMTP URL holds a line break or another control character.',
  'no-user': 'The SMTP URL has a password but no user before it.',
};

const zh: { readonly [T in UrlTrouble]: string } = {
  scheme: `SMTP URL 必须以 smtp://、smtps:// 或 smtp+starttls:// 开头，例如 ${example}`,
  shape: `SMTP URL 的格式应为 ${example}。密码中的特殊字符要写成百分号编码：@ 写作 %40，/ 写作 %2F，# 写作 %23，? 写作 %3F。`,
  host: `SMTP URL 中没有有效的服务器名。格式为 ${example}；IPv6 地址要写在方括号里。`,
  port: 'SMTP URL 中的端口必须在 1 到 65535 之间。常用 465（TLS）和 587（STARTTLS）。',
  query: 'SMTP URL 的 ? 之后只能写 security=tls、security=starttls 或 security=none。',
  percent: 'SMTP URL 中有一个 % 后面不是两位十六进制数。密码里的 % 要写成 %25。',
  control: 'SMTP URL 的登录名或密码中含有换行或其他控制字符。',
  'no-user': 'SMTP URL 中有密码，但前面没有用户名。',
};

/** What is wrong with the URL, without a word of it. */
export const urlWords: { readonly [L in Locale]: (trouble: UrlTrouble) => string } = {
  en: (trouble) => en[trouble],
  'zh-CN': (trouble) => zh[trouble],
};
