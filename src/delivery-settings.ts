import type { DeliveryConfig, EmailConfig, SecretConfig, WebhookConfig } from './config-delivery.ts';
import { settingsWords } from './delivery-settings-words.ts';
import { deliveryUsage } from './delivery-usage.ts';
import { addresses, printable, sender } from './mail-addresses.ts';
import { variables } from './mail-variables.ts';
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

/** What a mail lacks that is half configured; null = nothing, or all. */
export type Lack = 'recipient' | 'server' | null;

/**
 * The channels a run was asked to use. Throws UsageError when there is none: whoever types it expects a message. `said` is
 * the flag or command that asked, `lack` what `lackOf` says of the same settings.
 */
export function wantedChannels(
  settings: DeliverySettings,
  ways: 'email' | 'all',
  said: string,
  locale: Locale,
  lack: Lack,
): DeliverySettings {
  const wanted = ways === 'email' ? { ...settings, webhooks: [] } : settings;
  if (wanted.email === null && wanted.webhooks.length === 0)
    throw deliveryUsage(
      lack === 'recipient'
        ? settingsWords[locale].noRecipient(said)
        : lack === 'server'
          ? settingsWords[locale].noServer(said)
          : settingsWords[locale].nothing(said, ways),
    );
  return wanted;
}

/** One half in the environment and the other nowhere: for whoever asks for a mail, that is what is missing. */
export function lackOf(config: DeliveryConfig, flags: DeliveryFlags, env: Env): Lack {
  // The settings file cannot name a server without somebody who gets the mail.
  if (config.email !== undefined) return null;
  const hasRecipient = flags.emailTo !== null || Boolean(env[variables.to]);
  const hasServer = Boolean(env[variables.url]);
  return hasRecipient === hasServer ? null : hasServer ? 'recipient' : 'server';
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
  if (twice !== undefined) throw deliveryUsage(settingsWords[locale].twoOfOneName(printable(twice)));
  const ping = config.ping === undefined ? null : { url: address(config.ping.url, 'ping.url', locale) };
  return { email, webhooks, ping };
}

/** null = no mail is configured and none is asked for. */
function emailSettings(
  config: EmailConfig | undefined,
  flags: DeliveryFlags,
  env: Env,
  locale: Locale,
): EmailSettings | null {
  const transport = transportOf(config, env, locale);
  const isLocal = transport?.kind === 'sendmail';
  const to =
    flags.emailTo !== null
      ? addresses(flags.emailTo, '--email', isLocal, locale)
      : config?.to !== undefined
        ? addresses(config.to, 'email.to', isLocal, locale)
        : env[variables.to]
          ? addresses(env[variables.to] ?? '', variables.to, isLocal, locale)
          : [];
  if (to.length === 0) return null;
  if (transport === null) {
    // An address in the environment alone asks for nothing yet.
    if (flags.emailTo === null && config === undefined) return null;
    throw deliveryUsage(settingsWords[locale].noServer(flags.emailTo === null ? 'email' : '--email'));
  }
  const from = config?.from ?? (env[variables.from] || null);
  return {
    name: 'email',
    sendOn: flags.sendOn ?? config?.sendOn ?? 'P1',
    reminderDays: config?.reminderDays ?? 1,
    locale: config?.lang === undefined ? locale : language(config.lang, 'email.lang', locale),
    to,
    from:
      from === null
        ? null
        : sender(from, config?.from === undefined ? variables.from : 'email.from', isLocal, locale),
    transport,
    attach: [...new Set(config?.attach ?? [])],
    attachMaxBytes: config?.attachMaxBytes ?? attachMaxBytes,
  };
}

function transportOf(config: EmailConfig | undefined, env: Env, locale: Locale): MailTransport | null {
  const password = secret(config?.password) ?? (env[variables.password] ? { env: variables.password } : null);
  const hasSendmail = config?.sendmail !== undefined && config.sendmail !== false;
  if (hasSendmail && config.smtp !== undefined) throw deliveryUsage(settingsWords[locale].twoWays);
  if (hasSendmail)
    return { kind: 'sendmail', path: typeof config.sendmail === 'string' ? config.sendmail : debianSendmail };
  const caFile = config?.caFile ?? (env[variables.ca] || null);
  if (config?.smtp === undefined)
    return env[variables.url] ? { kind: 'smtp-url', url: { env: variables.url }, password, caFile } : null;
  const { smtp } = config;
  const oauth2 = oauth2Of(config, locale);
  if (typeof smtp === 'string')
    return { kind: 'smtp', smtp: { ...ofUrl(smtp, locale), password, oauth2, caFile } };
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

function ofUrl(url: string, locale: Locale): Pick<SmtpSettings, 'host' | 'port' | 'security' | 'user'> {
  const read = parseSmtpUrl(url, locale);
  if (!read.ok) throw deliveryUsage(settingsWords[locale].badUrl(read.words));
  if (read.password !== null) throw deliveryUsage(settingsWords[locale].password);
  return read.smtp;
}

function oauth2Of(config: EmailConfig, locale: Locale): OAuth2Settings | null {
  const { oauth2 } = config;
  if (oauth2 === undefined) return null;
  if (oauth2.refreshToken === undefined && oauth2.accessToken === undefined)
    throw deliveryUsage(settingsWords[locale].noToken);
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
    throw deliveryUsage(settingsWords[locale].telegram(key));
  if (kind !== 'telegram' && config.url === undefined)
    throw deliveryUsage(settingsWords[locale].noUrl(`${key}.url`, kind));
  return {
    kind,
    name: config.name ?? kind,
    sendOn: flags.sendOn ?? config.sendOn ?? 'P1',
    reminderDays: config.reminderDays ?? 1,
    locale: config.lang === undefined ? usual : language(config.lang, `${key}.lang`, locale),
    url: config.url === undefined ? { plain: telegramApi } : address(config.url, `${key}.url`, locale),
    secret: secret(config.secret),
    chat: config.chat === undefined ? null : String(config.chat),
  };
}

/** core.telegram.org/bots/api, "Making requests". */
const telegramApi = 'https://api.telegram.org';

function address(said: string | SecretConfig, key: string, locale: Locale): WebhookSettings['url'] {
  if (typeof said !== 'string') return source(said);
  // The address is not quoted: with most vendors it is the secret.
  if (!/^https?:\/\/[^\s/]+/i.test(said)) throw deliveryUsage(settingsWords[locale].notUrl(key));
  return { plain: said };
}

function secret(said: SecretConfig | undefined): SecretSource | null {
  return said === undefined ? null : source(said);
}

function source(said: SecretConfig): SecretSource {
  if ('env' in said) return { env: said.env };
  return 'file' in said ? { file: said.file } : { command: said.command };
}

function language(said: string, key: string, locale: Locale): Locale {
  try {
    return parseLocale(said);
  } catch (error) {
    throw deliveryUsage(settingsWords[locale].language(key, printable(said)), error);
  }
}
