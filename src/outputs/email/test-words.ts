import type { Locale } from '../../model/text.ts';

interface TestWords {
  readonly noLogin: string;
  secret(user: string, isOAuth2: boolean): string;
  resolved(host: string, addresses: string): string;
  connected(host: string, port: number): string;
  readonly clear: string;
  readonly clearAway: string;
  encrypted(protocol: string, issuer: string, daysLeft: number): string;
  loggedIn(user: string): string;
  accepted(from: string, to: string): string;
  sent(to: string): string;
  handedOver(path: string, to: string): string;
  subject(host: string): string;
  body(host: string): string;
}

/** Lines of `pm2-audit send --test`, and the test mail itself. */
export const testWords: { readonly [L in Locale]: TestWords } = {
  en: {
    noLogin: 'No login: the server takes mail without one.',
    secret: (user, isOAuth2) => `${isOAuth2 ? 'OAuth2 token settings' : 'Password'} of ${user} found.`,
    resolved: (host, addresses) => `${host} resolves to ${addresses}.`,
    connected: (host, port) => `${host} answers as a mail server on port ${port}.`,
    clear: 'The connection is not encrypted, as the settings ask; it does not leave this host.',
    clearAway:
      'The connection is not encrypted, as the settings ask: login and reports can be read on the way. Better use smtps:// or STARTTLS.',
    encrypted: (protocol, issuer, daysLeft) =>
      `Encrypted with ${protocol}; the certificate is from ${issuer} and valid for ${daysLeft} ${daysLeft === 1 ? 'day' : 'days'}.`,
    loggedIn: (user) => `Login of ${user} accepted.`,
    accepted: (from, to) => `Sender ${from} and recipients ${to} accepted.`,
    sent: (to) => `Test mail sent to ${to}. Look into the spam folder if it does not arrive.`,
    handedOver: (path, to) =>
      `${path} took the test mail for ${to}. Whether it left this host, its mail log tells.`,
    subject: (host) => `[pm2-audit] ${host} test mail`,
    body: (host) =>
      `This is a test of pm2-audit on ${host}. It was asked for with "pm2-audit send --test". Reports will come from this sender; nothing needs to be done.`,
  },
  'zh-CN': {
    noLogin: '未设置登录：服务器无需登录即可接收邮件。',
    secret: (user, isOAuth2) => `已找到 ${user} 的${isOAuth2 ? ' OAuth2 令牌设置' : '密码'}。`,
    resolved: (host, addresses) => `${host} 解析为 ${addresses}。`,
    connected: (host, port) => `${host} 的 ${port} 端口上有邮件服务器应答。`,
    clear: '按照设置，连接未加密；它不会离开本机。',
    clearAway: '按照设置，连接未加密：登录信息和报告在途中可被窃读。建议改用 smtps:// 或 STARTTLS。',
    encrypted: (protocol, issuer, daysLeft) =>
      `已用 ${protocol} 加密；证书由 ${issuer} 签发，还有 ${daysLeft} 天有效。`,
    loggedIn: (user) => `${user} 登录成功。`,
    accepted: (from, to) => `发件人 ${from} 和收件人 ${to} 已被接受。`,
    sent: (to) => `测试邮件已发往 ${to}。如果没有收到，请查看垃圾邮件文件夹。`,
    handedOver: (path, to) => `${path} 已接收发往 ${to} 的测试邮件。是否已离开本机，请看它的邮件日志。`,
    subject: (host) => `[pm2-audit] ${host} 测试邮件`,
    body: (host) =>
      `这是 ${host} 上 pm2-audit 的测试邮件，由“pm2-audit send --test”触发。以后的报告将由此发件人发出，无需任何操作。`,
  },
};
