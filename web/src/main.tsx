import { QueryCache, QueryClient, QueryClientProvider } from '@tanstack/react-query';
import { StrictMode } from 'react';
import { createRoot } from 'react-dom/client';
import { Router } from 'wouter';
import { askFirstQuestions } from './api/first-questions';
import { problemOf } from './api/problem';
import { App } from './app';
import { LanguageProvider } from './i18n/locale';
import './styles/tokens.css';
import './styles/base.css';
import './styles/shell.css';
import './styles/parts.css';
import './styles/controls.css';
import './styles/charts.css';
import './styles/print.css';

const WORTH_ANOTHER_TRY = new Set([0, 502, 503, 504]);

const client: QueryClient = new QueryClient({
  queryCache: new QueryCache({
    onError: (error, query) => {
      // The session has ended while the page was open: ask who it is, which leads to signing in.
      if (problemOf(error).code === 'unauthenticated' && query.queryKey[0] !== 'session') void client.resetQueries({ queryKey: ['session'] });
    },
  }),
  defaultOptions: {
    queries: {
      staleTime: 5_000,
      retry: (failures, error) => failures < 2 && WORTH_ANOTHER_TRY.has(problemOf(error).status),
    },
  },
});

askFirstQuestions(client, location.pathname);

const root = document.getElementById('root');
if (root === null) throw new Error('the page has no root');
createRoot(root).render(
  <StrictMode>
    <QueryClientProvider client={client}>
      <LanguageProvider>
        <Router base="/app">
          <App />
        </Router>
      </LanguageProvider>
    </QueryClientProvider>
  </StrictMode>,
);
