import { useQuery } from '@tanstack/react-query';
import { lazy, Suspense } from 'react';
import { Redirect, Route, Switch } from 'wouter';
import { sessionQuery } from './api/queries';
import { problemOf } from './api/problem';
import { SessionContext, type Session } from './session';
import { Shell } from './shell';
import { useLanguage } from './i18n/locale';
import { OverviewPage } from './pages/overview/overview-page';
import { SignInPage } from './pages/sign-in-page';
import { Empty, Page, Skeleton } from './ui/basics';
import { Problem } from './ui/loaded';

const LotsPage = lazy(async () => ({ default: (await import('./pages/lots/lots-page')).LotsPage }));
const LedgerPage = lazy(async () => ({ default: (await import('./pages/ledger/ledger-page')).LedgerPage }));
const EntryPage = lazy(async () => ({ default: (await import('./pages/entry/entry-page')).EntryPage }));
const PurchasesPage = lazy(async () => ({ default: (await import('./pages/purchases/purchases-page')).PurchasesPage }));
const UsagePage = lazy(async () => ({ default: (await import('./pages/usage/usage-page')).UsagePage }));
const NoticesPage = lazy(async () => ({ default: (await import('./pages/notices/notices-page')).NoticesPage }));
const AlertsPage = lazy(async () => ({ default: (await import('./pages/alerts/alerts-page')).AlertsPage }));
const StatementsPage = lazy(async () => ({ default: (await import('./pages/statements/statements-page')).StatementsPage }));
const DeskPage = lazy(async () => ({ default: (await import('./pages/desk/desk-page')).DeskPage }));
const MoneyPage = lazy(async () => ({ default: (await import('./pages/desk/money-page')).MoneyPage }));
const RatesPage = lazy(async () => ({ default: (await import('./pages/desk/rates-page')).RatesPage }));
const QueuesPage = lazy(async () => ({ default: (await import('./pages/desk/queues-page')).QueuesPage }));
const StandingPage = lazy(async () => ({ default: (await import('./pages/standing/standing-page')).StandingPage }));
const KeysPage = lazy(async () => ({ default: (await import('./pages/keys/keys-page')).KeysPage }));

export function App() {
  return (
    <Switch>
      <Route path="/sign-in">
        <SignInPage />
      </Route>
      <Route path="/frame">
        <SignInPage inFrame />
      </Route>
      <Route>
        <SignedIn />
      </Route>
    </Switch>
  );
}

function SignedIn() {
  const session = useQuery(sessionQuery);
  if (session.isPending) return <main className="main"><Skeleton lines={5} /></main>;
  if (session.isError) {
    if (problemOf(session.error).code === 'unauthenticated') return <SignInPage />;
    return <main className="main"><Problem error={session.error} retry={() => void session.refetch()} /></main>;
  }
  return (
    <SessionContext value={session.data}>
      <Shell>
        <Suspense fallback={<Skeleton lines={5} />}>
          <Pages session={session.data} />
        </Suspense>
      </Shell>
    </SessionContext>
  );
}

function Pages({ session }: { readonly session: Session }) {
  return (
    <Switch>
      <Route path="/a/:accountId">{({ accountId }) => <OverviewPage accountId={accountId} />}</Route>
      <Route path="/a/:accountId/lots">{({ accountId }) => <LotsPage accountId={accountId} />}</Route>
      <Route path="/a/:accountId/ledger">{({ accountId }) => <LedgerPage accountId={accountId} />}</Route>
      <Route path="/a/:accountId/ledger/:seq">{({ accountId, seq }) => <EntryPage accountId={accountId} seq={seq} />}</Route>
      <Route path="/a/:accountId/purchases">{({ accountId }) => <PurchasesPage accountId={accountId} />}</Route>
      <Route path="/a/:accountId/usage">{({ accountId }) => <UsagePage accountId={accountId} />}</Route>
      <Route path="/a/:accountId/notices">{({ accountId }) => <NoticesPage accountId={accountId} />}</Route>
      <Route path="/a/:accountId/alerts">{({ accountId }) => <AlertsPage accountId={accountId} />}</Route>
      <Route path="/a/:accountId/statements">{({ accountId }) => <StatementsPage accountId={accountId} />}</Route>
      <Route path="/a/:accountId/keys">{({ accountId }) => <KeysPage accountId={accountId} />}</Route>
      {session.accountId === null ? <Route path="/desk" component={DeskPage} /> : null}
      {session.accountId === null ? <Route path="/desk/money" component={MoneyPage} /> : null}
      {session.accountId === null ? <Route path="/desk/rates" component={RatesPage} /> : null}
      {session.accountId === null ? <Route path="/desk/queues" component={QueuesPage} /> : null}
      {session.accountId === null ? <Route path="/a/:accountId/standing">{({ accountId }) => <StandingPage accountId={accountId} />}</Route> : null}
      <Route path="/">
        <Redirect to={session.accountId === null ? '/desk' : `/a/${session.accountId}`} replace />
      </Route>
      <Route>
        <NothingHere />
      </Route>
    </Switch>
  );
}

function NothingHere() {
  const { t } = useLanguage();
  return (
    <Page title={t('nothing.title')}>
      <Empty title={t('nothing.here')}>{t('nothing.what')}</Empty>
    </Page>
  );
}
