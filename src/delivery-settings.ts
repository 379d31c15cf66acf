import type { DeliveryConfig, EmailConfig, SecretConfig, WebhookConfig } from './config-delivery.ts';
import { addresses, printable, sender, variables } from './mail-addresses.ts';
import type {
  DeliverySettings,
  EmailSettings,
  MailTransport,
  OAuth2Settings,
  SecretSource,
  SendOn,
  SmtpSettings,
  WebhookKind,
  WebhookSettings,
} from './model/delivery.ts';
import type { Locale } from './model/text.ts';
import { parseLocale } from './options.ts';
import { parseSmtpUrl, smtpDefaults } from './outputs/email/smtp-url.ts';
import { UsageError } from './usage-error.ts';

/** The channels a run was asked to use. Throws UsageError when there is none: whoever types it expects a message. */
export function wantedChannels(
  settings: DeliverySettings,
  ways: 'email' | 'all',
  said: string,
): DeliverySettings {
  const wanted = ways === 'email' ? { ...settings, webhooks: [] } : settings;
  if (wanted.email === null && wanted.webhooks.length === 0)
    throw new UsageError(
      `${said}: ${ways === 'email' ? 'no mail' : 'nothing'} is configured. ${shortestWay}`,
    );
  return wanted;
}

export interface DeliveryFlags {
  /** Addresses of `--email TO,…`; null = as configured. */
  readonly emailTo: string | null;
  readonly sendOn: SendOn | null;
}

type Env = { readonly [name: string]: string | undefined };

const attachMaxBytes = 5 * 1024 * 1024;
const debianSendmail = '/usr/sbin/sendmail';
/** Where a message is read in Chinese unless the settings say otherwise. */
const chineseKinds: readonly WebhookKind[] = ['dingtalk', 'wecom', 'feishu'];

/**
 * Command line over settings file over environment. Throws UsageError naming the flag, key or variable at fault; secrets
 * are not read here, only where they stand.
 */
export function deliverySettings(
  config: DeliveryConfig,
  flags: DeliveryFlags,
  env: Env,
  locale: Locale,
): DeliverySettings {
  const email = emailSettings(config.email, flags, env, locale);
  const webhooks = (config.webhooks ?? []).map((webhook, index) =>
    webhookSettings(webhook, `webhooks.${index}`, flags, locale),
  );
  const names = [...(email === null ? [] : [email.name]), ...webhooks.map(({ name }) => name)];
  const twice = names.find((name, index) => names.indexOf(name) !== index);
  if (twice !== undefined)
    throw new UsageError(
      `webhooks: two channels are called "${twice}". Give each its own "name": what it was told is remembered under it.`,
    );
  const ping = config.ping === undefined ? null : { url: address(config.ping.url, 'ping.url') };
  return { email, webhooks, ping };
}

/** null = no mail is configured and none is asked for. */
function emailSettings(
  config: EmailConfig | undefined,
  flags: DeliveryFlags,
  env: Env,
  locale: Locale,
): EmailSettings | null {
  const transport = transportOf(config, env);
  const isLocal = transport?.kind === 'sendmail';
  const to =
    flags.emailTo !== null
      ? addresses(flags.emailTo, '--email', isLocal)
      : config?.to !== undefined
        ? addresses(config.to, 'email.to', isLocal)
        : env[variables.to]
          ? addresses(env[variables.to] ?? '', variables.to, isLocal)
          : [];
  if (to.length === 0) return null;
  if (transport === null) {
    // An address in the environment alone asks for nothing yet.
    if (flags.emailTo === null && config === undefined) return null;
    throw new UsageError(
      `${flags.emailTo === null ? 'email' : '--email'}: no mail server is named. ${shortestWay}`,
    );
  }
  const from = config?.from ?? (env[variables.from] || null);
  return {
    name: 'email',
    sendOn: flags.sendOn ?? config?.sendOn ?? 'P1',
    reminderDays: config?.reminderDays ?? 1,
    locale: config?.lang === undefined ? locale : language(config.lang, 'email.lang'),
    to,
    from:
      from === null
        ? null
        : sender(from, config?.from === undefined ? variables.from : 'email.from', isLocal),
    transport,
    attach: [...new Set(config?.attach ?? [])],
    attachMaxBytes: config?.attachMaxBytes ?? attachMaxBytes,
  };
}

/** For whoever has configured nothing yet. */
export const shortestWay = `Set ${variables.url}=smtps://USER:PASSWORD@HOST:465 and ${variables.to}=ops@example.com in the environment, or write "email" or "webhooks" into pm2-audit.config.json, for instance {"email": {"to": "ops@example.com", "smtp": "smtps://USER@HOST:465", "password": {"file": PATH}}}; with a mail server on this host {"email": {"to": "ops@example.com", "sendmail": true}}.`;

function transportOf(config: EmailConfig | undefined, env: Env): MailTransport | null {
  const password = secret(config?.password) ?? (env[variables.password] ? { env: variables.password } : null);
  const hasSendmail = config?.sendmail !== undefined && config.sendmail !== false;
  if (hasSendmail && config.smtp !== undefined)
    throw new UsageError('email: has both "smtp" and "sendmail". Keep the one that is to carry the mail.');
  if (hasSendmail)
    return { kind: 'sendmail', path: typeof config.sendmail === 'string' ? config.sendmail : debianSendmail };
  const caFile = config?.caFile ?? (env[variables.ca] || null);
  if (config?.smtp === undefined)
    return env[variables.url] ? { kind: 'smtp-url', url: { env: variables.url }, password, caFile } : null;
  const { smtp } = config;
  const oauth2 = oauth2Of(config);
  if (typeof smtp === 'string') return { kind: 'smtp', smtp: { ...ofUrl(smtp), password, oauth2, caFile } };
  return {
    kind: 'smtp',
    smtp: {
      host: smtp.host,
      ...smtpDefaults(smtp.port ?? null, smtp.security ?? null),
      user: smtp.user ?? null,
      password,
      oauth2,
      caFile: smtp.caFile ?? caFile,
    },
  };
}

function ofUrl(url: string): Pick<SmtpSettings, 'host' | 'port' | 'security' | 'user'> {
  const read = parseSmtpUrl(url);
  if (!read.ok) throw new UsageError(`email.smtp: ${read.words}`);
  if (read.password !== null)
    throw new UsageError(
      `email.smtp: holds a password, and a settings file is copied and shown. Leave it out of the address and say where it stands: "password": {"file": PATH} or {"env": NAME}; or put the whole address into ${variables.url}.`,
    );
  return read.smtp;
}

function oauth2Of(config: EmailConfig): OAuth2Settings | null {
  const { oauth2 } = config;
  if (oauth2 === undefined) return null;
  if (oauth2.refreshToken === undefined && oauth2.accessToken === undefined)
    throw new UsageError(
      'email.oauth2: needs "refreshToken" or "accessToken", each as {"env": NAME}, {"file": PATH} or {"command": […]}.',
    );
  return {
    clientId: oauth2.clientId,
    clientSecret: secret(oauth2.clientSecret),
    refreshToken: secret(oauth2.refreshToken),
    accessToken: secret(oauth2.accessToken),
    tokenUrl: oauth2.tokenUrl ?? null,
  };
}

function webhookSettings(
  config: WebhookConfig,
  key: string,
  flags: DeliveryFlags,
  locale: Locale,
): WebhookSettings {
  const { kind } = config;
  const usual = chineseKinds.includes(kind) ? 'zh-CN' : locale;
  if (
    kind === 'telegram' &&
    (config.chat === undefined || (config.secret === undefined && config.url === undefined))
  )
    throw new UsageError(
      `${key}: a telegram channel needs "chat" (its id) and "secret" (where the bot's token stands: {"env": NAME}, {"file": PATH} or {"command": […]}).`,
    );
  if (kind !== 'telegram' && config.url === undefined)
    throw new UsageError(
      `${key}.url: is missing. Say where the address of the ${kind} channel stands: {"env": NAME} or {"file": PATH}.`,
    );
  return {
    kind,
    name: config.name ?? kind,
    sendOn: flags.sendOn ?? config.sendOn ?? 'P1',
    reminderDays: config.reminderDays ?? 1,
    locale: config.lang === undefined ? usual : language(config.lang, `${key}.lang`),
    url: config.url === undefined ? { plain: telegramApi } : address(config.url, `${key}.url`),
    secret: secret(config.secret),
    chat: config.chat === undefined ? null : String(config.chat),
  };
}

/** core.telegram.org/bots/api, "Making requests". */
const telegramApi = 'https://api.telegram.org';

function address(said: string | SecretConfig, key: string): WebhookSettings['url'] {
  if (typeof said !== 'string') return source(said);
  // The address is not quoted: with most vendors it is the secret.
  if (!/^https?:\/\/[^\s/]+/i.test(said))
    throw new UsageError(`${key}: is not an address that begins with https:// or http://.`);
  return { plain: said };
}

function secret(said: SecretConfig | undefined): SecretSource | null {
  return said === undefined ? null : source(said);
}

function source(said: SecretConfig): SecretSource {
  if ('env' in said) return { env: said.env };
  return 'file' in said ? { file: said.file } : { command: said.command };
}

function language(said: string, key: string): Locale {
  try {
    return parseLocale(said);
  } catch (error) {
    throw new UsageError(`${key}: "${printable(said)}" is not a language of the reports. Use en or zh-CN.`, {
      cause: error,
    });
  }
}
