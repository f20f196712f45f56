import { withBase } from 'vitepress';

/** Remembers in a tab that it was loaded again, so that no page is twice. */
const RELOADED = 'tinyllm-isolation';

/**
 * Makes the page cross-origin isolated where its host has not: starts a service worker that adds the headers, and loads
 * the page again, once. False where that cannot be; then the demos have one thread.
 */
export async function isolate(): Promise<boolean> {
  if (crossOriginIsolated) return true;
  if (!('serviceWorker' in navigator)) return false; // not on https, or a private window
  const registered = await navigator.serviceWorker
    .register(withBase('/isolation-worker.js'))
    .catch(() => undefined);
  if (!registered) return false; // the reader allows none
  await navigator.serviceWorker.ready;
  if (sessionStorage.getItem(RELOADED)) return false;
  sessionStorage.setItem(RELOADED, 'yes');
  location.reload();
  return new Promise(() => {}); // the page is on its way out
}
