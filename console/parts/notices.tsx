// The states of a page that has nothing to show yet, nothing at all, or an error.
import type { ComponentChildren } from 'preact';
import { useEffect, useRef } from 'preact/hooks';

export function Empty({
  title,
  children,
}: {
  readonly title: string;
  readonly children?: ComponentChildren;
}) {
  return (
    <div class="empty">
      <h2>{title}</h2>
      {children}
    </div>
  );
}

/** What was refused may be allowed meanwhile, and what was not there may be. */
const AGAIN_MS = 30_000;

export function Failure({ message, again }: { readonly message: string; readonly again: () => void }) {
  const latest = useRef(again);
  latest.current = again;
  useEffect(() => {
    const timer = setInterval(() => {
      if (!document.hidden) latest.current();
    }, AGAIN_MS);
    return () => clearInterval(timer);
  }, []);
  return (
    <div class="failure" role="alert">
      <p>{message}</p>
      <button type="button" onClick={again}>
        Try again
      </button>
    </div>
  );
}

/** Shown only when it takes a while: a flash of it would be worse than nothing. */
export function Loading() {
  return (
    <p class="loading" role="status">
      Loading …
    </p>
  );
}
