// The address of the page: where it is, and how to go elsewhere.
import { useEffect, useState } from 'preact/hooks';
import { parseRoute } from './route.ts';
import type { Route } from './route.ts';

export function goTo(href: string): void {
  location.hash = href;
}

/** Without a step to go back to: what is typed into a filter is no page of its own. */
export function changeTo(href: string): void {
  location.replace(href);
}

export function useRoute(): Route {
  const [route, setRoute] = useState(() => parseRoute(location.hash));
  useEffect(() => {
    const follow = (): void => setRoute(parseRoute(location.hash));
    addEventListener('hashchange', follow);
    // It may have changed between the first drawing and now.
    follow();
    return () => removeEventListener('hashchange', follow);
  }, []);
  return route;
}
