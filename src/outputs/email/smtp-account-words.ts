import type { Locale } from '../../model/text.ts';

export type AccountTrouble = 'no-user' | 'no-password' | 'ca-file' | 'token-url';

/** What the settings of a mail account lack. `place` is the login or the file. */
export const accountWords: { readonly [L in Locale]: (trouble: AccountTrouble, place: string) => string } = {
  en: (trouble, place) => {
    switch (trouble) {
      case 'no-user':
        return 'The mail settings have a password or OAuth2 but no user: set email.smtp.user, or write smtps://USER@HOST.';
      case 'no-password':
        return `The mail settings have the user ${place} but no password: say in email.password where it stands, for instance {"env": "PM2_AUDIT_SMTP_PASSWORD"}.`;
      case 'ca-file':
        return `The caFile ${place} (email.smtp.caFile, email.caFile or PM2_AUDIT_SMTP_CA) cannot be read, or is not a PEM file with certificates.`;
      case 'token-url':
        return 'OAuth2 needs email.oauth2.tokenUrl for this mail server, and it must begin with https://.';
      default:
        return trouble satisfies never;
    }
  },
  'zh-CN': (trouble, place) => {
    switch (trouble) {
      case 'no-user':
        return '邮件设置中有密码或 OAuth2，但没有用户名：请设置 email.smtp.user，或写成 smtps://USER@HOST。';
      case 'no-password':
        return `邮件设置中有用户名 ${place}，但没有密码：请在 email.password 中说明密码存放的位置，例如 {"env": "PM2_AUDIT_SMTP_PASSWORD"}。`;
      case 'ca-file':
        return `无法读取 caFile ${place}（来自 email.smtp.caFile、email.caFile 或 PM2_AUDIT_SMTP_CA），或者它不是包含证书的 PEM 文件。`;
      case 'token-url':
        return '使用 OAuth2 时，这个邮件服务器需要设置 email.oauth2.tokenUrl，并且必须以 https:// 开头。';
      default:
        return trouble satisfies never;
    }
  },
};
