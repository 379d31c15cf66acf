/** The quick way, without a settings file. The URL may hold the password: the environment is not the command line. */
export const variables = {
  url: 'PM2_AUDIT_SMTP_URL',
  password: 'PM2_AUDIT_SMTP_PASSWORD',
  to: 'PM2_AUDIT_MAIL_TO',
  from: 'PM2_AUDIT_MAIL_FROM',
  /** PEM file of a private certificate authority. */
  ca: 'PM2_AUDIT_SMTP_CA',
} as const;
