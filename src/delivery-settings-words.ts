import { variables } from './mail-variables.ts';
import type { Locale } from './model/text.ts';

/** What is wrong with the settings of delivery, or missing in them. `key` is the flag, key or variable at fault. */
export interface SettingsWords {
  nothing(key: string, ways: 'email' | 'all'): string;
  noRecipient(key: string): string;
  noServer(key: string): string;
  twoOfOneName(name: string): string;
  readonly twoWays: string;
  readonly password: string;
  badUrl(said: string): string;
  readonly noToken: string;
  telegram(key: string): string;
  noUrl(key: string, kind: string): string;
  notUrl(key: string): string;
  language(key: string, said: string): string;
  nobody(key: string): string;
  /** A server where addresses belong. */
  server(key: string): string;
  notAddress(key: string, said: string): string;
}

const example = {
  url: `${variables.url}=smtps://USER:PASSWORD@HOST:465`,
  to: `${variables.to}=ops@example.com`,
  smtp: '{"email": {"to": "ops@example.com", "smtp": "smtps://USER@HOST:465", "password": {"file": PATH}}}',
  sendmail: '{"email": {"to": "ops@example.com", "sendmail": true}}',
  secret: '{"env": NAME}, {"file": PATH} or {"command": […]}',
  secretZh: '{"env": NAME}、{"file": PATH} 或 {"command": […]}',
};

/** For whoever has configured nothing yet. */
const wayEn = `Set ${example.url} and ${example.to} in the environment, or write "email" or "webhooks" into pm2-audit.config.json, for instance ${example.smtp}; with a mail server on this host ${example.sendmail}.`;
const wayZh = `请在环境变量中设置 ${example.url} 和 ${example.to}，或在 pm2-audit.config.json 中写入 "email" 或 "webhooks"，例如 ${example.smtp}；本机有邮件服务器时可写 ${example.sendmail}。`;

export const settingsWords: { readonly [L in Locale]: SettingsWords } = {
  en: {
    nothing: (key, ways) => `${key}: ${ways === 'email' ? 'no mail' : 'nothing'} is configured. ${wayEn}`,
    noRecipient: (key) =>
      `${key}: no recipient: set ${variables.to}, or --email TO. (${variables.url} names the server already.)`,
    noServer: (key) => `${key}: no mail server is named. ${wayEn}`,
    twoOfOneName: (name) =>
      `webhooks: two channels are called "${name}". Give each its own "name": what it was told is remembered under it.`,
    twoWays: 'email: has both "smtp" and "sendmail". Keep the one that is to carry the mail.',
    password: `email.smtp: holds a password, and a settings file is copied and shown. Leave it out of the address and say where it stands: "password": {"file": PATH} or {"env": NAME}; or put the whole address into ${variables.url}.`,
    badUrl: (said) => `email.smtp: ${said}`,
    noToken: `email.oauth2: needs "refreshToken" or "accessToken", each as ${example.secret}.`,
    telegram: (key) =>
      `${key}: a telegram channel needs "chat" (its id) and "secret" (where the bot's token stands: ${example.secret}).`,
    noUrl: (key, kind) =>
      `${key}: is missing. Say where the address of the ${kind} channel stands: {"env": NAME} or {"file": PATH}.`,
    notUrl: (key) => `${key}: is not an address that begins with https:// or http://.`,
    language: (key, said) => `${key}: "${said}" is not a language of the reports. Use en or zh-CN.`,
    nobody: (key) => `${key}: names nobody. Give one or more addresses, separated by commas.`,
    server: (key) =>
      `${key}: takes the addresses that get the mail, not a server, and every user of this host can read a command line. Put the server into ${variables.url}.`,
    notAddress: (key, said) =>
      `${key}: "${said}" is not a mail address. Use ops@example.com or Ops <ops@example.com>.`,
  },
  'zh-CN': {
    nothing: (key, ways) => `${key}：尚未配置${ways === 'email' ? '邮件' : '任何通知渠道'}。${wayZh}`,
    noRecipient: (key) =>
      `${key}：没有收件人：请设置 ${variables.to}，或使用 --email TO。（${variables.url} 已指定邮件服务器。）`,
    noServer: (key) => `${key}：没有指定邮件服务器。${wayZh}`,
    twoOfOneName: (name) =>
      `webhooks：有两个渠道都叫 "${name}"。请用 "name" 给每个渠道起不同的名字：通知记录按名字保存。`,
    twoWays: 'email：同时写了 "smtp" 和 "sendmail"。请只保留用来发信的那一个。',
    password: `email.smtp：地址中带有密码，而配置文件会被复制和查看。请从地址中去掉密码，并说明它存放的位置："password": {"file": PATH} 或 {"env": NAME}；也可以把完整地址放进 ${variables.url}。`,
    badUrl: (said) => `email.smtp：${said}`,
    noToken: `email.oauth2：需要 "refreshToken" 或 "accessToken"，写成 ${example.secretZh}。`,
    telegram: (key) =>
      `${key}：telegram 渠道需要 "chat"（会话 id）和 "secret"（机器人 token 存放的位置：${example.secretZh}）。`,
    noUrl: (key, kind) =>
      `${key}：未填写。请说明 ${kind} 渠道的地址存放的位置：{"env": NAME} 或 {"file": PATH}。`,
    notUrl: (key) => `${key}：不是以 https:// 或 http:// 开头的地址。`,
    language: (key, said) => `${key}：报告没有 "${said}" 这种语言。请用 en 或 zh-CN。`,
    nobody: (key) => `${key}：没有写收件人。请填写一个或多个地址，用逗号分隔。`,
    server: (key) =>
      `${key}：这里填写收件人地址，不是服务器；命令行对本机所有用户可见。请把服务器放进 ${variables.url}。`,
    notAddress: (key, said) =>
      `${key}："${said}" 不是邮件地址。请写成 ops@example.com 或 Ops <ops@example.com>。`,
  },
};
