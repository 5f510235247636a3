import { useQueryClient } from '@tanstack/react-query';
import type { ReactNode } from 'react';
import { Link, useLocation } from 'wouter';
import { answerOf, api } from './api/client';
import { useLive, useLiveUpdates } from './api/live';
import icon from './icon.svg';
import { LOCALES, useLanguage, type Locale, type MessageKey } from './i18n/locale';
import { useSession } from './session';
import { useTheme, THEMES, type Theme } from './theme';
import { ActionButton } from './ui/controls';

const ACCOUNT_PAGES: readonly (readonly [path: string, name: MessageKey])[] = [
  ['', 'nav.overview'],
  ['/lots', 'nav.lots'],
  ['/ledger', 'nav.ledger'],
  ['/purchases', 'nav.purchases'],
  ['/usage', 'nav.usage'],
  ['/statements', 'nav.statements'],
  ['/notices', 'nav.notices'],
  ['/alerts', 'nav.alerts'],
  ['/keys', 'nav.keys'],
];

/** What only operators and finance look at. */
const STANDING_PAGE = ['/standing', 'nav.standing'] as const;

/** The account that the address names, else the session's own. */
function useAccountInView(): string | null {
  const [location] = useLocation();
  const { accountId } = useSession();
  const named = /^\/a\/([^/]+)/.exec(location)?.[1];
  return named === undefined ? accountId : decodeURIComponent(named);
}

export function Shell({ children }: { readonly children: ReactNode }) {
  const { t } = useLanguage();
  const accountId = useAccountInView();
  useLiveUpdates(accountId);
  return (
    <div className="shell">
      <a className="skip" href="#content">
        {t('nav.skip')}
      </a>
      <aside className="side" aria-label={t('nav.side')}>
        <div className="side-inner">
          <div className="brand">
            <img src={icon} alt="" />
            <span>
              {t('nav.product')}
              {accountId === null ? null : (
                <small>
                  <bdi>{accountId}</bdi>
                </small>
              )}
            </span>
          </div>
          <nav className="nav" aria-label={t('nav.pages')}>
            <ul>
              <DeskLinks />
              {accountId === null ? null : <AccountLinks accountId={accountId} />}
            </ul>
          </nav>
          <SideFoot showsLive={accountId !== null} />
        </div>
      </aside>
      <main className="main" id="content" tabIndex={-1}>
        {children}
      </main>
    </div>
  );
}

const DESK_PAGES: readonly (readonly [path: string, name: MessageKey])[] = [
  ['/desk', 'nav.desk'],
  ['/desk/money', 'nav.deskMoney'],
  ['/desk/rates', 'nav.deskRates'],
  ['/desk/queues', 'nav.deskQueues'],
];

/** For operators and finance, who belong to no account. */
function DeskLinks() {
  const { t } = useLanguage();
  const { accountId } = useSession();
  const [location] = useLocation();
  if (accountId !== null) return null;
  return DESK_PAGES.map(([path, name]) => (
    <li key={path}>
      <Link href={path} aria-current={location === path ? 'page' : undefined}>
        {t(name)}
      </Link>
    </li>
  ));
}

function AccountLinks({ accountId }: { readonly accountId: string }) {
  const { t } = useLanguage();
  const [location] = useLocation();
  const base = `/a/${encodeURIComponent(accountId)}`;
  const { accountId: own } = useSession();
  const pages = own === null ? [STANDING_PAGE, ...ACCOUNT_PAGES] : ACCOUNT_PAGES;
  return pages.map(([path, name]) => {
    const here = path === '' ? location === base : location.startsWith(`${base}${path}`);
    return (
      <li key={path} className={path === STANDING_PAGE[0] ? 'begins' : undefined}>
        <Link href={`${base}${path}`} aria-current={here ? 'page' : undefined}>
          {t(name)}
        </Link>
      </li>
    );
  });
}

/** Both texts have one place, so that nothing moves when one takes the other's. */
function Live() {
  const { t } = useLanguage();
  const { on } = useLive();
  return (
    <p className="live small muted" data-on={on}>
      <span aria-hidden={!on}>{t('live.on')}</span>
      <span aria-hidden={on}>{t('live.off')}</span>
    </p>
  );
}

function SideFoot({ showsLive }: { readonly showsLive: boolean }) {
  const { t, locale, setLocale } = useLanguage();
  const { theme, setTheme } = useTheme();
  const client = useQueryClient();
  const signOut = async (): Promise<void> => {
    const ended = await answerOf(api.DELETE('/v1/session'));
    client.clear();
    // The identity provider's own session ends there, and it sends the browser back.
    location.assign(ended.location ?? '/app/sign-in');
  };
  return (
    <div className="side-foot">
      {showsLive ? <Live /> : null}
      <select
        className="select-small"
        aria-label={t('nav.language')}
        value={locale}
        onChange={(event) => {
          setLocale(event.target.value as Locale);
        }}
      >
        {Object.entries(LOCALES).map(([tag, name]) => (
          <option key={tag} value={tag} lang={tag}>
            {name}
          </option>
        ))}
      </select>
      <select
        className="select-small"
        aria-label={t('nav.theme')}
        value={theme}
        onChange={(event) => {
          setTheme(event.target.value as Theme);
        }}
      >
        {THEMES.map((other) => (
          <option key={other} value={other}>
            {t(`theme.${other}`)}
          </option>
        ))}
      </select>
      <ActionButton look="plain" onPress={() => void signOut()}>
        {t('nav.signOut')}
      </ActionButton>
    </div>
  );
}
