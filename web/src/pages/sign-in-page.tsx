import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query';
import { useEffect, useRef, useState } from 'react';
import { useLocation } from 'wouter';
import { answerOf, api, useBearer } from '../api/client';
import { completeSignIn, leaveForProvider, takeProvidersAnswer } from '../api/identity-sign-in';
import { sessionQuery, signInWaysQuery } from '../api/queries';
import icon from '../icon.svg';
import { useLanguage } from '../i18n/locale';
import { Card, Skeleton } from '../ui/basics';
import { ActionButton } from '../ui/controls';
import { Problem } from '../ui/loaded';

/** The link's secret stands behind the #: browsers send that to nobody. It is taken out of the address at once. */
function takeLink(): string | null {
  const link = location.hash.slice(1);
  if (!link.startsWith('kal_')) return null;
  history.replaceState(null, '', location.pathname);
  return link;
}

/** Opens a session with what the address brought; answers where to go on to, or null where it brought nothing. */
async function openSession(): Promise<string | null> {
  const link = takeLink();
  if (link !== null) {
    const { bearer } = await answerOf(api.POST('/v1/sessions', { body: { link } }));
    if (bearer !== null) useBearer(bearer);
    return '/';
  }
  const answer = takeProvidersAnswer();
  return answer === null ? null : completeSignIn(answer);
}

function bringsSomething(): boolean {
  return location.hash.startsWith('#kal_') || /[?&](code|error)=/.test(location.search);
}

export function SignInPage({ inFrame = false }: { readonly inFrame?: boolean }) {
  const { t } = useLanguage();
  const [, navigate] = useLocation();
  const client = useQueryClient();
  const [error, setError] = useState<unknown>(null);
  const [busy, setBusy] = useState(bringsSomething);
  const began = useRef(false);

  useEffect(() => {
    const signIn = async (): Promise<void> => {
      setError(null);
      setBusy(bringsSomething());
      try {
        const next = await openSession();
        if (next === null) return;
        client.clear();
        await client.query(sessionQuery);
        navigate(next, { replace: true });
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
  const ways = useQuery({ ...signInWaysQuery, enabled: !inFrame });
  if (inFrame) return <p className="muted">{t('signIn.frame')}</p>;
  if (ways.isPending) return <Skeleton lines={2} />;
  if (ways.data?.identityProvider === true) return <WithProvider />;
  return (
    <div className="stack">
      <p>{t('signIn.link')}</p>
      <p className="muted">
        {t('signIn.again')} <code>npm run sign-in</code>
      </p>
    </div>
  );
}

/** After signing in, people come back to the page that they wanted. */
function WithProvider() {
  const { t } = useLanguage();
  const [wanted] = useLocation();
  const leave = useMutation({ mutationFn: () => leaveForProvider(wanted === '/sign-in' ? '/' : wanted + location.search) });
  return (
    <div className="stack">
      <p>{t('signIn.withWhat')}</p>
      {leave.isError ? <Problem error={leave.error} /> : null}
      <div>
        <ActionButton
          look="primary"
          pending={leave.isPending || leave.isSuccess}
          onPress={() => {
            leave.mutate();
          }}
        >
          {t('signIn.with')}
        </ActionButton>
      </div>
      <p className="small muted">{t('signIn.orLink')}</p>
    </div>
  );
}
