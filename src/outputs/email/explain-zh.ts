import type { MailScene } from './explain.ts';
import type { MailCause } from './mail-causes.ts';

type Words = { readonly [C in MailCause]: (scene: MailScene) => string };

/** 各种原因的中文说明：发生了什么、在哪里、怎么办。 */
export const explainZh: Words = {
  'name-unknown': ({ host }) =>
    `本机无法解析域名 ${host}：可能拼写有误，也可能本机的 DNS 查不到它。可用此命令检查：getent hosts ${host}。`,
  'name-unanswered': ({ host }) => `无法解析 ${host}：本机的 DNS 没有响应。请检查 /etc/resolv.conf。`,
  refused: ({ at }) =>
    `${at} 拒绝连接：该端口没有服务在监听。请检查主机和端口（TLS 用 465，STARTTLS 用 587），以及邮件服务器是否在运行。`,
  unreachable: ({ at }) => `本机无法到达 ${at}：没有可用的路由。请检查网络和防火墙。`,
  'connect-timeout': ({ at, port }) =>
    `连接 ${at} 超时。多半是被防火墙丢弃：请放行出方向 TCP ${port} 端口，或改用服务商的另一个端口（465 或 587）。`,
  'port-25-timeout': ({ at }) =>
    `连接 ${at} 超时。云主机默认封禁出方向 25 端口（阿里云、腾讯云、AWS、Google Cloud、Azure 均如此）。请改用邮件服务商的 465 或 587 端口。`,
  'greeting-timeout': ({ at }) =>
    `${at} 接受了连接，但迟迟没有应答。可能是服务器过载或有意拖延陌生客户端，也可能该端口一开始就要求 TLS（此时应写 smtps://，端口 465）。`,
  'greeting-timeout-tls': ({ at }) =>
    `${at} 接受了连接后一直等待我方先说话：该端口一开始就要求 TLS，而当前设置不是。请写成 smtps://，或设置 "security": "tls"。`,
  'reply-timeout': ({ at }) => `${at} 在会话中途不再应答。`,
  'finish-timeout': ({ at, isTest }) =>
    `${at} 已收完整封邮件，但没有及时确认。邮件可能已送达，也可能没有${isTest ? '' : '：重发时沿用相同的 Message-ID，多数服务器只会显示一封'}。`,
  dropped: ({ at }) => `${at} 在邮件发完之前断开了连接。`,
  'finish-dropped': ({ at, isTest }) =>
    `${at} 已收完整封邮件，但未确认就断开了连接。邮件可能已送达，也可能没有${isTest ? '' : '：重发时沿用相同的 Message-ID，多数服务器只会显示一封'}。`,
  'host-refused': ({ at }) =>
    `${at} 拒绝与本机通信：本机地址在黑名单中，或该服务器不对外服务。请改用邮件服务商的服务器并登录。`,
  'not-smtp': ({ at }) => `${at} 上应答的不是邮件服务器。请检查主机和端口。`,
  'starttls-absent': ({ at }) =>
    `${at} 不提供加密（STARTTLS），因此没有发送任何内容：密码和报告都不会以明文传输。请改用 465 端口和 smtps://。如果该服务器以前支持加密，可能是链路上有人去掉了它。`,
  'starttls-needed': ({ at }) =>
    `${at} 只接受加密连接，而设置为不加密。请设置 "security": "starttls"，或使用不带 ?security=none 的 smtp://。`,
  'starttls-loopback': ({ at }) =>
    `本机的邮件服务器（${at}）不提供加密（STARTTLS）。发往它的内容不会离开本机：请设置 "security": "none"，或在 URL 后加上 ?security=none。`,
  'tls-wrong-port': ({ at }) =>
    `${at} 并不是一开始就使用 TLS，与设置不符。端口 587 或 25 请写 smtp:// 或 "security": "starttls"；使用 smtps:// 时端口应为 465。`,
  'tls-version': ({ at }) =>
    `${at} 与本机没有共同支持的 TLS 版本：服务器过旧（至少要支持 TLS 1.2）。邮件没有发出。`,
  'certificate-self-signed': ({ at }) =>
    `${at} 的证书是自签名的，或由私有机构签发，无法证明服务器的身份，因此没有发送任何内容。如果是自己的服务器，请在 email.smtp.caFile（或环境变量 PM2_AUDIT_SMTP_CA）中指定签发机构的 PEM 文件。`,
  'certificate-unknown': ({ at }) =>
    `${at} 的证书无法追溯到已知的签发机构：可能是私有机构，也可能服务器没有发送中间证书。没有发送任何内容。请在 email.smtp.caFile（或环境变量 PM2_AUDIT_SMTP_CA）中指定签发机构的 PEM 文件。`,
  'certificate-expired': ({ at }) =>
    `${at} 的证书今天无效：已过期或尚未生效。请检查本机时钟（timedatectl）；如果时钟正确，需由服务器的所有者更新证书。没有发送任何内容。`,
  'certificate-name': ({ at, host }) =>
    `${at} 的证书不是签发给 ${host} 的。请使用服务商给出的主机名，不要用 IP 地址或别名。没有发送任何内容。`,
  'tls-failed': ({ at, code }) =>
    `与 ${at} 建立加密连接失败${code === '' ? '' : `（${code}）`}。没有发送任何内容。请检查主机、端口以及途中的代理。`,
  'login-code-qq': ({ user, at }) =>
    `QQ 邮箱（${at}）拒绝了 ${user} 的登录。这里要填 16 位授权码，而不是 QQ 密码：登录 mail.qq.com → 设置 → 账号 → 开启 SMTP 服务 → 生成授权码。修改 QQ 密码后，旧授权码会失效。`,
  'login-code-exmail': ({ user, at }) =>
    `腾讯企业邮箱（${at}）拒绝了 ${user} 的登录。开启安全登录后要使用客户端专用密码：exmail.qq.com → 设置 → 邮箱绑定 → 生成客户端专用密码；并且管理员需允许使用 SMTP。`,
  'login-code-netease': ({ user, at }) =>
    `网易邮箱（${at}）拒绝了 ${user} 的登录。这里要填授权码，而不是邮箱密码：网页邮箱 → 设置 → POP3/SMTP/IMAP → 开启 SMTP 服务 → 新增授权密码。授权码数月后会过期。`,
  'login-gmail': ({ user, at }) =>
    `Gmail（${at}）拒绝了 ${user} 的登录。这里要填应用专用密码，而不是账号密码：先开启两步验证，再到 https://myaccount.google.com/apppasswords 生成（16 个字母，不含空格）。`,
  'login-microsoft': ({ user, at }) =>
    `Microsoft（${at}）拒绝了 ${user} 的登录。outlook.com 已不支持用密码（基本身份验证）登录 SMTP；Microsoft 365 仅在管理员为该邮箱启用“经过身份验证的 SMTP”时才支持。请使用 OAuth2（email.oauth2）。`,
  'login-ses': ({ user, at }) =>
    `Amazon SES（${at}）拒绝了 ${user} 的登录。需要使用同一区域的 SMTP 凭证（SES 控制台 → SMTP 设置 → 创建 SMTP 凭证），而不是 IAM 访问密钥本身。`,
  'login-refused': ({ user, at }) =>
    `${at} 拒绝了 ${user} 的登录：用户名或密码有误，或该账号未开通 SMTP。许多服务商要求使用授权码或应用专用密码，而不是登录密码。`,
  'login-absent': ({ at }) =>
    `${at} 没有提供可用的登录方式，而设置中有用户名。该端口可能不支持登录：请改用 587 或 465；如果服务器本来就不需要登录，请删去用户名和密码。`,
  'login-needed': ({ at }) =>
    `${at} 要求先登录才能发信，而设置中没有登录信息。请设置 email.smtp.user 和 email.password。`,
  'login-later': ({ at, user }) => `${at} 暂时无法验证 ${user} 的登录，或者登录过于频繁。`,
  'token-refused': ({ code }) =>
    `令牌服务器拒绝签发访问令牌（${code}）。请检查 email.oauth2 中的 clientId、clientSecret 和 tokenUrl。`,
  'token-expired': ({ user, at }) =>
    `${user} 在 ${at} 使用的 OAuth2 令牌已失效：被撤销或已过期。请重新获取刷新令牌，并存放到 email.oauth2.refreshToken 指定的位置。`,
  'token-absent': () =>
    '已启用 OAuth2，但没有令牌：请用 email.oauth2.refreshToken（或 accessToken）说明令牌存放的位置。',
  'token-unreachable': ({ code }) =>
    `无法连接 OAuth2 令牌服务器${code === '' ? '' : `（${code}）`}。请检查 email.oauth2.tokenUrl 和网络。`,
  'sender-not-login': ({ at, from, user }) =>
    `${at} 拒绝了发件人 ${from}：发件人必须与登录账号${user === '' ? '' : `（${user}）`}一致。请把 email.from 设为该地址，或不要设置。`,
  'sender-unverified': ({ at, from, to }) =>
    `${at} 拒绝了邮件：有地址未在该处验证。使用 Amazon SES 时，请在同一区域验证发件人 ${from}（或其域名）；账号仍在沙盒中时，收件人（${to}）也需要验证。`,
  'sender-refused': ({ at, from }) =>
    `${at} 拒绝了发件人 ${from}。请把 email.from 设为该服务器可以代发的地址。`,
  relay: ({ at, to }) =>
    `${at} 不为本机转发发往 ${to} 的邮件。请设置用户名和密码，或改用服务商的邮件服务器。`,
  'recipient-unknown': ({ at, to }) => `${at} 表示收件地址不存在：${to}。不再重试；请更正 email.to。`,
  'recipient-refused': ({ at, to }) => `${at} 拒绝了收件人：${to}。请检查 email.to。`,
  'mailbox-full': ({ at, to }) => `${at} 表示收件人的邮箱已满：${to}。`,
  greylisted: ({ at }) => `${at} 要求稍后再来：它对陌生发件方启用了灰名单，或正忙。`,
  'rate-limit': ({ at }) => `${at} 暂时不再接收我方邮件：短时间内发送过多。`,
  'size-files': ({ at }) =>
    `${at} 认为邮件过大。下次将去掉附件后重试；请调低 email.attachMaxBytes，或减少附件。`,
  size: ({ at }) => `${at} 认为邮件过大，而邮件并没有附件。不再重试；报告仍在被审计主机的磁盘上。`,
  spam: ({ at, from }) =>
    `${at} 把邮件判为垃圾邮件。请使用配置了 SPF 和 DKIM 的域名发信，请收件人将 ${from} 加入白名单，或改用服务商自己的邮件服务器。`,
  later: ({ at }) => `${at} 暂时无法接收邮件。`,
  rejected: ({ at }) => `${at} 拒收了邮件。`,
  'program-absent': ({ at }) =>
    `无法启动程序 ${at}：本机没有邮件服务器（MTA），或路径不对。请安装一个（postfix、msmtp-mta），或改用 email.smtp。`,
  'program-timeout': ({ at }) => `程序 ${at} 没有及时结束，已被终止。`,
  'program-failed': ({ at, code }) =>
    `程序 ${at} 以 ${code} 结束，没有接收邮件。请查看本机的邮件日志（journalctl -t postfix/sendmail、/var/log/mail.log）。`,
  'program-address': ({ at, to }) => `程序 ${at} 找不到收件人：${to}。请更正 email.to。`,
  unknown: ({ at, code }) => `邮件未能交给 ${at}${code === '' ? '' : `（${code}）`}。`,
};
