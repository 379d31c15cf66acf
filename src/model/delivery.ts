import type { Locale } from './text.ts';

/**
 * When a channel is told of a report. `P1`: a finding of P1 or above that it does not know yet, or something got worse or
 * better, and a reminder while one stands; `change`: any difference; `always`: every run.
 */
export const sendOns = ['P1', 'change', 'always'] as const;
export type SendOn = (typeof sendOns)[number];

/** Where a secret stands. Never the secret itself: settings are copied, shown and committed. */
export type SecretSource =
  | { readonly env: string }
  /** First line of the file. */
  | { readonly file: string }
  /** First line that the program prints; run without a shell. */
  | { readonly command: readonly string[] };

/** What all channels have in common. */
export interface ChannelSettings {
  /** Stable: what the channel was told is remembered under it. `email`, or what the settings call the webhook. */
  readonly name: string;
  readonly sendOn: SendOn;
  /** A standing problem is told again after so many days; 0 = never. */
  readonly reminderDays: number;
  /** Default of a mail: the language of the run. Of DingTalk, WeCom and Feishu: Chinese. */
  readonly locale: Locale;
}

/** `tls`: from the first byte (465). `starttls`: required, never optional (587, 25). `none`: only towards this host itself. */
export type SmtpSecurity = 'tls' | 'starttls' | 'none';

export interface OAuth2Settings {
  readonly clientId: string;
  readonly clientSecret: SecretSource | null;
  readonly refreshToken: SecretSource | null;
  readonly accessToken: SecretSource | null;
  readonly tokenUrl: string | null;
}

export interface SmtpSettings {
  readonly host: string;
  readonly port: number;
  readonly security: SmtpSecurity;
  readonly user: string | null;
  /** null = no login, or OAuth2. */
  readonly password: SecretSource | null;
  readonly oauth2: OAuth2Settings | null;
  /** PEM file of a private certificate authority; null = the public ones. */
  readonly caFile: string | null;
}

export type MailTransport =
  | { readonly kind: 'smtp'; readonly smtp: SmtpSettings }
  /** `smtps://user:password@host:port`, kept whole in a secret place: the quick way, PM2_AUDIT_SMTP_URL. */
  | {
      readonly kind: 'smtp-url';
      readonly url: SecretSource;
      readonly password: SecretSource | null;
      /** As of `SmtpSettings`. */
      readonly caFile?: string | null;
    }
  /** The MTA of this host, by its `sendmail` program. */
  | { readonly kind: 'sendmail'; readonly path: string };

export type Attachment = 'html' | 'json' | 'md';

export interface EmailSettings extends ChannelSettings {
  readonly to: readonly string[];
  /** null = the login, or `pm2-audit@<host>` with sendmail. */
  readonly from: string | null;
  readonly transport: MailTransport;
  readonly attach: readonly Attachment[];
  /** Attachments beyond it are left out, and the mail says so. */
  readonly attachMaxBytes: number;
}

export const webhookKinds = [
  'slack',
  'discord',
  'teams',
  'telegram',
  'dingtalk',
  'wecom',
  'feishu',
  'json',
] as const;
export type WebhookKind = (typeof webhookKinds)[number];

export interface WebhookSettings extends ChannelSettings {
  readonly kind: WebhookKind;
  /** The whole URL is a secret with most vendors. */
  readonly url: SecretSource | { readonly plain: string };
  /** Of the signature (DingTalk, Feishu, generic JSON), or the bot token (Telegram); null = none. */
  readonly secret: SecretSource | null;
  /** Telegram: the chat; null elsewhere. */
  readonly chat: string | null;
}

/** A dead-man's switch as healthchecks.io made it: no ping = alarm. */
export interface PingSettings {
  readonly url: SecretSource | { readonly plain: string };
}

export interface DeliverySettings {
  readonly email: EmailSettings | null;
  readonly webhooks: readonly WebhookSettings[];
  readonly ping: PingSettings | null;
}

/**
 * One message as it will go out, whole: kept in the outbox when it could not, and sent later byte for byte. Holds no secret
 * of the channel (they are read when it is sent) and nothing that was not redacted.
 */
export interface Parcel {
  /** The same for every attempt: the Message-ID of a mail. */
  readonly id: string;
  /** The channel's own format, as text. */
  readonly body: string;
}

/** Why it could not be delivered, in words for the user, in the language of the run. Never holds a password or a webhook's URL. */
export interface DeliveryProblem {
  /** Stable word for scripts and tests: `refused`, `timed-out`, `login`, `sender`, `recipient`, `tls`, `rate-limit`, `size`, `settings` … */
  readonly code: string;
  /** What happened, where, what to do. */
  readonly words: string;
}

/**
 * `rest`: what is still to be sent (some recipients, later parts), to be tried again; null = trying again is no use.
 * `partly`: somebody has it, so the channel counts as told.
 */
export type Sent =
  | { readonly ok: true; readonly to: string }
  | {
      readonly ok: false;
      readonly problem: DeliveryProblem;
      readonly rest: Parcel | null;
      readonly partly?: boolean;
    };
