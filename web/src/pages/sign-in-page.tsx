import { useQueryClient } from '@tanstack/react-query';
import { useEffect, useRef, useState } from 'react';
import { useLocation } from 'wouter';
import { answerOf, api, useBearer } from '../api/client';
import { sessionQuery } from '../api/queries';
import icon from '../icon.svg';
import { useLanguage } from '../i18n/locale';
import { Card, Skeleton } from '../ui/basics';
import { Problem } from '../ui/loaded';

/** The link's secret stands behind the #: browsers send that to nobody. It is taken out of the address at once. */
function takeLink(): string | null {
  const link = location.hash.slice(1);
  if (!link.startsWith('kal_')) return null;
  history.replaceState(null, '', location.pathname);
  return link;
}

export function SignInPage({ inFrame = false }: { readonly inFrame?: boolean }) {
  const { t } = useLanguage();
  const [, navigate] = useLocation();
  const client = useQueryClient();
  const [error, setError] = useState<unknown>(null);
  const [busy, setBusy] = useState(() => location.hash.startsWith('#kal_'));
  const began = useRef(false);

  useEffect(() => {
    const signIn = async (): Promise<void> => {
      const link = takeLink();
      if (link === null) return;
      setBusy(true);
      setError(null);
      try {
        const { bearer } = await answerOf(api.POST('/v1/sessions', { body: { link } }));
        if (bearer !== null) useBearer(bearer);
        client.clear();
        await client.query(sessionQuery);
        navigate('/', { replace: true });
      } catch (failed) {
        setError(failed);
        setBusy(false);
      }
    };
    const again = (): void => void signIn();
    if (!began.current) again();
    began.current = true;
    addEventListener('hashchange', again);
    return () => {
      removeEventListener('hashchange', again);
    };
  }, [client, navigate]);

  return (
    <main className="sign-in" id="content">
      <title>{t('signIn.title')}</title>
      <div className="brand">
        <img src={icon} alt="" />
        <span>{t('nav.product')}</span>
      </div>
      <Card>
        <h1>{t('signIn.title')}</h1>
        {error === null ? null : <Problem error={error} />}
        {busy ? <Skeleton lines={2} /> : <HowTo inFrame={inFrame} />}
      </Card>
    </main>
  );
}

function HowTo({ inFrame }: { readonly inFrame: boolean }) {
  const { t } = useLanguage();
  if (inFrame) return <p className="muted">{t('signIn.frame')}</p>;
  return (
    <div className="stack">
      <p>{t('signIn.link')}</p>
      <p className="muted">
        {t('signIn.again')} <code>npm run sign-in</code>
      </p>
    </div>
  );
}
