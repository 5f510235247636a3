import { createContext, use, useEffect, useMemo, useState, type ReactNode } from 'react';
import { I18nProvider } from 'react-aria-components';
import { en, type Messages } from './en';
import { formatsOf, type Formats } from './formats';

export const LOCALES = { en: 'English', he: 'עברית', de: 'Deutsch' } as const;
export type Locale = keyof typeof LOCALES;
export type MessageKey = keyof Messages;
type Values = Readonly<Record<string, string | number>>;

export interface Language extends Formats {
  readonly locale: Locale;
  readonly setLocale: (locale: Locale) => void;
  readonly t: (key: MessageKey, values?: Values) => string;
  /** As `t`, for what may have no words of its own: then the fallback. */
  readonly word: (key: string, fallback: string) => string;
}

const KEPT = 'credits-locale';
const loaders: Readonly<Record<Locale, () => Promise<Messages>>> = {
  en: () => Promise.resolve(en),
  he: async () => (await import('./he')).he,
  de: async () => (await import('./de')).de,
};

const LanguageContext = createContext<Language | null>(null);

export function useLanguage(): Language {
  const language = use(LanguageContext);
  if (language === null) throw new Error('no language is given');
  return language;
}

/** Words, numbers and dates in one language; nothing is shown before its words are there. */
export function LanguageProvider({ children }: { readonly children: ReactNode }) {
  const [locale, setLocale] = useState(firstLocale);
  const [messages, setMessages] = useState<{ readonly locale: Locale; readonly words: Messages } | null>(null);
  useEffect(() => {
    let wanted = true;
    void loaders[locale]().then((words) => {
      if (wanted) setMessages({ locale, words });
    });
    return () => {
      wanted = false;
    };
  }, [locale]);
  const language = useMemo(() => (messages === null ? null : languageOf(messages.locale, messages.words, setLocale)), [messages]);
  useEffect(() => {
    document.documentElement.lang = language?.locale ?? 'en';
    document.documentElement.dir = language?.locale === 'he' ? 'rtl' : 'ltr';
  }, [language]);
  if (language === null) return null;
  return (
    <LanguageContext value={language}>
      <I18nProvider locale={language.locale}>{children}</I18nProvider>
    </LanguageContext>
  );
}

function languageOf(locale: Locale, words: Messages, setLocale: (locale: Locale) => void): Language {
  return {
    locale,
    setLocale: (next) => {
      localStorage.setItem(KEPT, next);
      setLocale(next);
    },
    t: (key, values) => fill(words[key], values),
    word: (key, fallback) => (key in words ? words[key as MessageKey] : fallback),
    ...formatsOf(locale),
  };
}

function fill(text: string, values: Values = {}): string {
  return text.replaceAll(/\{(\w+)\}/g, (whole, name: string) => (name in values ? String(values[name]) : whole));
}

function firstLocale(): Locale {
  const wanted = [localStorage.getItem(KEPT), ...navigator.languages].map((tag) => tag?.split('-')[0]);
  return wanted.find((tag): tag is Locale => tag !== undefined && tag in LOCALES) ?? 'en';
}
